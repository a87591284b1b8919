import { describe, expect, it } from "vitest";
import { answered, CALLER, createSendDouble, get, notes } from "../suite/calls.ts";
import { createForward } from "./create-forward.ts";
import type { HeaderList } from "./http-message.ts";
import { ProxyError } from "./proxy-error.ts";

const target = notes("https://up.example", {
  extraRequestHeaders: ["x-tenant"],
  extraResponseHeaders: ["x-total-count"],
});

const sentHeaders = async (
  headers: HeaderList,
  token: { readonly value?: string } = { value: "token" },
): Promise<HeaderList> => {
  const { send, requests } = createSendDouble();
  await createForward({ send })(get("/api/notes", headers), target, token.value, CALLER);
  return requests[0]?.headers ?? [];
};

const answerWith = async (status: number, headers: HeaderList) =>
  answered(
    await createForward({ send: createSendDouble(status, headers).send })(
      get("/api/notes/7"),
      target,
      "token",
      CALLER,
    ),
  );

/** All of them, so that taking one off the list is seen; of each family by its start, some members. */
const FORBIDDEN = `
  authorization cookie cookie2 dpop proxy-authorization x-access-token connection content-length expect
  http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade via host forwarded
  x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-prefix x-forwarded-uri
  x-forwarded x-real-ip x-client-ip x-request-id x-original-url x-rewrite-url x-http-method-override
  x-http-method x-method-override x-user x-user-id x-user-email x-remote-user x-auth-user x-auth-token
  x-authenticated-user x-coatcheck x-coatcheck-user coatcheck-problem sec-fetch-site sec-fetch-mode
  sec-websocket-key x_forwarded_for x-forwarded_user x_custom _x -x
`
  .trim()
  .split(/\s+/u);

const PROTECTION = [
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
  [
    "content-security-policy",
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["cross-origin-resource-policy", "same-origin"],
];

describe("request headers", () => {
  it("go upstream by allow-list, and a route may add to it (S-109)", async () => {
    const passed: HeaderList = [
      ["accept", "application/json"],
      ["accept-language", "de"],
      ["content-type", "application/json"],
      ["if-none-match", '"a", "b"'],
      ["range", "bytes=0-1"],
      ["idempotency-key", "k"],
      ["last-event-id", "7"],
      ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
      ["x-tenant", "blue"],
    ];
    expect((await sentHeaders(passed)).slice(0, passed.length)).toEqual(passed);
  });

  it.each(FORBIDDEN)("never carry %j, not even where a route names it (S-109)", async (name) => {
    expect(() => notes("https://up.example", { extraRequestHeaders: [name] })).toThrow(ProxyError);
    // A route that got past the check all the same, and every spelling that a client may choose.
    const careless = { ...target, extraRequestHeaders: [name] };
    for (const spelling of [name, name.toUpperCase()]) {
      const { send, requests } = createSendDouble();
      const request = get("/api/notes", [[spelling, "theirs"]]);
      await createForward({ send })(request, careless, "token", CALLER);
      const values = requests.flatMap(({ headers }) => headers.map(([, value]) => value));
      expect([spelling, values.includes("theirs")]).toEqual([spelling, false]);
    }
  });

  it("that say who is calling are ours alone (S-110)", async () => {
    const spoofed: HeaderList = [
      ["X-Forwarded-For", "1.1.1.1"],
      ["X-Forwarded-Host", "evil.example"],
      ["Forwarded", "for=1.1.1.1"],
      ["X-Request-Id", "theirs"],
    ];
    expect(await sentHeaders(spoofed)).toEqual([
      ["authorization", "Bearer token"],
      ["x-forwarded-for", "203.0.113.7"],
      ["x-forwarded-proto", "https"],
      ["x-forwarded-host", "app.example:8443"],
      ["x-request-id", "req-1"],
    ]);
  });

  it("that Connection names don't pass (S-109)", async () => {
    const names = (
      await sentHeaders([
        ["Connection", "close, X-Tenant , accept"],
        ["X-Tenant", "blue"],
        ["Accept", "*/*"],
      ])
    ).map(([name]) => name);
    expect(names).not.toContain("x-tenant");
    expect(names).not.toContain("accept");
  });

  it("carry no authorization without a token (S-113)", async () => {
    expect((await sentHeaders([["Authorization", "Basic eDp5"]], {})).map(([name]) => name)).not.toContain(
      "authorization",
    );
  });

  it("never carry a token that would break out of its line", async () => {
    const { send, requests } = createSendDouble();
    const outcome = await createForward({ send })(get("/api/notes"), target, "a\r\nx: y", CALLER);
    expect(outcome).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(requests).toEqual([]);
  });
});

describe("response headers", () => {
  it("reach the browser by allow-list, and a route may add to it (S-111)", async () => {
    const passed = [
      ["content-type", "application/json"],
      ["etag", '"1"'],
      ["content-range", "bytes 0-1/2"],
      ["retry-after", "3"],
      ["vary", "accept"],
      ["content-disposition", "attachment"],
      ["x-ratelimit-remaining", "9"],
      ["x-total-count", "12"],
    ] as const;
    expect((await answerWith(200, passed)).response.headers).toEqual([...passed, ...PROTECTION]);
  });

  it("of an evil upstream stay here (S-111, S-115)", async () => {
    const evil = [
      "Set-Cookie",
      "Set-Cookie2",
      "Access-Control-Allow-Origin",
      "Access-Control-Allow-Credentials",
      "Clear-Site-Data",
      "Service-Worker-Allowed",
      "Refresh",
      "Server",
      "X-Powered-By",
      "Strict-Transport-Security",
      "Content-Security-Policy",
      "X-Content-Type-Options",
      "Cross-Origin-Resource-Policy",
      "Cross-Origin-Opener-Policy",
      "Coatcheck-Problem",
      "WWW-Authenticate",
      "Connection",
      "Keep-Alive",
      "Transfer-Encoding",
      "Trailer",
      "Upgrade",
      "Alt-Svc",
      "NEL",
      "Report-To",
      "SourceMap",
      "Link",
      "Cache-Control",
      "Expires",
      "Via",
      "X-Request-Id",
      "Speculation-Rules",
    ].map((name) => [name, "evil"] as const);
    expect((await answerWith(200, evil)).response.headers).toEqual(PROTECTION);
  });

  it.each([
    ["application/pdf", "'self'"],
    ["Application/PDF; version=2", "'self'"],
    ["application/pdfx", "'none'"],
    ["text/html; x=application/pdf", "'none'"],
    ["image/svg+xml", "'none'"],
    ["", "'none'"],
  ])(
    "let our own pages frame a %j by frame-ancestors %s, and run nothing (S-115)",
    async (contentType, who) => {
      const { response } = await answerWith(200, [
        ["content-type", contentType],
        ["Content-Type", "application/pdf"],
      ]);
      expect(Object.fromEntries(response.headers)["content-security-policy"]).toBe(
        `default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors ${who}`,
      );
    },
  );

  it("are the cacheable ones only where a route opts in (S-120)", async () => {
    const cached = notes("https://up.example", { extraResponseHeaders: ["cache-control"] });
    const send = createSendDouble(200, [["cache-control", "max-age=5"]]).send;
    const { response } = answered(await createForward({ send })(get("/api/notes"), cached, "token", CALLER));
    expect(response.headers.filter(([name]) => name === "cache-control")).toEqual([
      ["cache-control", "max-age=5"],
    ]);
  });

  it("keep a validator on a 304, and no length (S-116)", async () => {
    const { response } = await answerWith(304, [
      ["etag", '"1"'],
      ["content-length", "12"],
    ]);
    expect(response).toMatchObject({ status: 304, body: null, headers: [["etag", '"1"'], ...PROTECTION] });
  });

  it("name one content type", async () => {
    const { response } = await answerWith(200, [
      ["content-type", "text/plain"],
      ["Content-Type", "text/html"],
    ]);
    expect(response.headers.filter(([name]) => name === "content-type")).toEqual([
      ["content-type", "text/plain"],
    ]);
  });
});

describe("a redirect", () => {
  it("inside the route is mapped to our origin and not followed (S-112)", async () => {
    const { response } = await answerWith(307, [["Location", "/v1/8?x=1"]]);
    expect(response.status).toBe(307);
    expect(response.headers).toContainEqual(["location", "/api/notes/8?x=1"]);
  });

  it.each([301, 302, 303, 307, 308])(
    "of status %i out of the route is a failure of the upstream (S-112)",
    async (status) => {
      for (const headers of [
        [["location", "https://evil.example/"]],
        [["location", "/admin"]],
        [
          ["location", "/v1/a"],
          ["location", "/v1/b"],
        ],
      ] as const) {
        const outcome = await createForward({ send: createSendDouble(status, headers).send })(
          get("/api/notes"),
          target,
          "token",
          CALLER,
        );
        expect(outcome).toMatchObject({ kind: "failed", code: "upstream_failed" });
      }
    },
  );

  it.each([301, 302, 303, 307, 308])(
    "of status %i under the origin that we announced is mapped (S-112)",
    async (status) => {
      const { response } = await answerWith(status, [["location", `${CALLER.publicOrigin}/v1/8?x=1`]]);
      expect([response.status, response.headers[0]]).toEqual([status, ["location", "/api/notes/8?x=1"]]);
    },
  );

  it.each([200, 201, 202])(
    "isn't what a %i says: a foreign place is left out there, and the answer passes",
    async (status) => {
      for (const name of ["location", "content-location"]) {
        for (const place of ["https://public.example/notes/8", "http://u:p@up.example/v1/8"]) {
          const { response } = await answerWith(status, [[name, place]]);
          expect([response.status, response.headers]).toEqual([status, PROTECTION]);
        }
      }
    },
  );

  it.each(["/v1/8", `${CALLER.publicOrigin}/v1/8`, "https://up.example/v1/8"])(
    "keeps the place of what a 201 made, %j",
    async (place) => {
      const { response } = await answerWith(201, [
        ["Location", place],
        ["Content-Location", place],
      ]);
      expect(response.headers).toEqual([
        ["location", "/api/notes/8"],
        ["content-location", "/api/notes/8"],
        ...PROTECTION,
      ]);
    },
  );

  it("is never a Refresh, whose target nobody maps (S-111)", async () => {
    const { response } = await answerWith(200, [["refresh", "0; url=/v1/8"]]);
    expect(response.headers).toEqual(PROTECTION);
  });
});

describe("a challenge", () => {
  it("with invalid_token is told, and its header stays here", async () => {
    const outcome = await answerWith(401, [["WWW-Authenticate", 'Bearer realm="x", error="invalid_token"']]);
    expect(outcome).toMatchObject({
      invalidToken: true,
      challenge: { error: "invalid_token" },
      response: { status: 401, headers: PROTECTION },
    });
  });

  it("for a stronger sign-in is told (S-118)", async () => {
    const outcome = await answerWith(401, [
      ["www-authenticate", 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age=60'],
    ]);
    expect(outcome).toMatchObject({
      invalidToken: false,
      challenge: { error: "insufficient_user_authentication", acrValues: "gold", maxAgeSeconds: 60 },
    });
  });

  it("that isn't one is none", async () => {
    expect((await answerWith(401, [["www-authenticate", 'Basic realm="invalid_token"']])).invalidToken).toBe(
      false,
    );
    expect((await answerWith(200, [["www-authenticate", 'Bearer error="invalid_token"']])).invalidToken).toBe(
      false,
    );
    expect((await answerWith(403, [["www-authenticate", 'Bearer error="invalid_token"']])).invalidToken).toBe(
      false,
    );
  });
});
