import { describe, expect, it } from "vitest";
import { answered, CALLER, createSendDouble, get, notes } from "../suite/calls.ts";
import { createForward } from "./create-forward.ts";
import type { HeaderList } from "./http-message.ts";

const target = notes("http://up.example", {
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

  it("are the cacheable ones only where a route opts in (S-120)", async () => {
    const cached = notes("http://up.example", { extraResponseHeaders: ["cache-control"] });
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

  it("isn't what a 201 says: a foreign place is left out there, and the answer passes", async () => {
    const { response } = await answerWith(201, [["location", "https://public.example/notes/8"]]);
    expect(response.status).toBe(201);
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
