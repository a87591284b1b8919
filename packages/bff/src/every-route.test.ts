import { BFF_PATHS } from "@coatcheck/contract";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { sendDirectly, sendRaw } from "../fixtures/raw-request.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig({ idp: { accessTokenSeconds: 60 } });
  browser = rig.browser();
  await rig.signIn(browser);
  // From here on every admitted call would refresh: contacting anybody shows in the provider's counters.
  rig.advance(61_000);
  await rig.control.reset();
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
});

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const GUARDED: readonly (readonly [path: string, methods: readonly string[]])[] = [
  [BFF_PATHS.session, ["GET"]],
  [BFF_PATHS.activity, ["POST"]],
  [BFF_PATHS.userinfo, ["GET"]],
  [BFF_PATHS.refresh, ["POST"]],
  [BFF_PATHS.validate, ["POST"]],
  [BFF_PATHS.logout, ["POST"]],
  ["/api/notes/1", METHODS],
  ["/api/plain/1", METHODS],
  ["/api/maybe/1", METHODS],
  ["/api/open/1", ["GET"]],
  ["/api/files/1", METHODS],
];

/** Requests that somebody else's page, a form, a link or a script from anywhere could cause. */
const HOSTILE: readonly Record<string, string>[] = [
  {},
  { "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "cross-site", "x-coatcheck": "1" },
  { "sec-fetch-site": "same-site", "x-coatcheck": "1" },
  { "sec-fetch-site": "none", "x-coatcheck": "1" },
  { origin: "https://evil.example", "x-coatcheck": "1" },
  { origin: "null", "x-coatcheck": "1" },
  { origin: ORIGIN },
  { "sec-fetch-site": "cross-site", "content-type": "text/plain", "x-http-method-override": "GET" },
  { "sec-fetch-site": "same-origin", "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate" },
  { "sec-fetch-site": "same-origin", "sec-fetch-dest": "script", "sec-fetch-mode": "no-cors" },
  { "sec-fetch-site": "same-origin", "sec-fetch-dest": "style", "sec-fetch-mode": "no-cors" },
];

describe("every guarded route", () => {
  it.each(GUARDED)(
    "S-074 S-075 S-077: %s refuses what our own page didn't send, with 403 and nobody contacted",
    async (path, methods) => {
      for (const method of methods) {
        for (const headers of HOSTILE) {
          const isDownload =
            path === "/api/files/1" &&
            method === "GET" &&
            headers["sec-fetch-site"] === "same-origin" &&
            [undefined, "iframe"].includes(headers["sec-fetch-dest"]);
          if (isDownload) continue;
          const answer = await browser.raw(path, { method, headers });
          expect([method, headers, answer.status, answer.headers.get("coatcheck-problem")]).toEqual([
            method,
            headers,
            403,
            "guard_refused",
          ]);
          expect(answer.headers.getSetCookie()).toEqual([]);
        }
      }
      expect(rig.api.calls).toEqual([]);
      expect(rig.idp.counters()).toMatchObject({
        tokenCalls: 0,
        userinfoCalls: 0,
        introspectionCalls: 0,
        revocations: 0,
      });
    },
  );

  it.each([...GUARDED.map(([path]) => path), BFF_PATHS.login, BFF_PATHS.callback, "/bff/unknown"])(
    "S-078 S-079: %s answers OPTIONS without permission, cookie or contact",
    async (path) => {
      for (const origin of [ORIGIN, "https://sub.app.example", "null"]) {
        const answer = await browser.raw(path, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-coatcheck",
            "x-coatcheck": "1",
          },
        });
        expect([404, 405]).toContain(answer.status);
        expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      expect(rig.api.calls).toEqual([]);
    },
  );

  it("answers a method that it doesn't have with 405 and the ones that it has", async () => {
    for (const [path, methods] of GUARDED) {
      for (const method of ["PROPFIND", ...METHODS].filter((one) => !methods.includes(one))) {
        const answer = await browser.raw(path, {
          method,
          headers: { "x-coatcheck": "1", "sec-fetch-site": "same-origin" },
        });
        expect([path, method, answer.status, answer.headers.get("allow")]).toEqual([
          path,
          method,
          405,
          methods.join(", "),
        ]);
      }
    }
  });
});

describe("every request", () => {
  it("S-131: to a foreign Host is refused; probes may come by address", async () => {
    for (const host of ["evil.example", "localhost:3001", "localhost", "localhost:3000.evil.example", ""]) {
      const answer = await browser.fetch("/bff/session", { headers: { host } });
      expect([host, answer.status, answer.headers.get("coatcheck-problem")]).toEqual([
        host,
        400,
        "bad_request",
      ]);
    }
    expect((await rig.bff.app.request("http://10.0.0.7:8080/healthz")).status).toBe(200);
  });

  it("S-148: may have a path and query of 16 KiB", async () => {
    const path = "/bff/session?";
    const answer = await browser.fetch(path + "x".repeat(16 * 1024 - path.length));
    expect(answer.status).toBe(200);
  });

  it("S-148: that is too long or has too large headers is refused with its own code", async () => {
    const answers = await Promise.all([
      browser.fetch(`/bff/session?${"x".repeat(16_400)}`),
      browser.fetch("/bff/session", { headers: { "x-much": "x".repeat(17_000) } }),
      browser.fetch("/bff/session", {
        headers: Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`x-${index}`, "1"])),
      }),
      browser.fetch("/bff/logout", { method: "POST", body: "x".repeat(70_000) }),
      browser.fetch("/bff/validate", { method: "POST", body: "x".repeat(70_000) }),
      rig.bff.app.request(`${ORIGIN}/bff/csp-report`, { method: "POST", body: "x".repeat(70_000) }),
    ]);
    expect(answers.map((answer) => [answer.status, answer.headers.get("coatcheck-problem")])).toEqual([
      [414, "uri_too_long"],
      [431, "headers_too_large"],
      [431, "headers_too_large"],
      [413, "body_too_large"],
      [413, "body_too_large"],
      [413, "body_too_large"],
    ]);
  });

  it("S-107: is judged by its path and method alone, whatever else of it names a place that is open", async () => {
    const stranger = rig.browser();
    for (const [path, headers] of [
      ["/api/notes/1?/api/open/1", {}],
      ["/api/notes/1?path=/api/open/1&_method=GET", {}],
      ["/api/notes/1", { "x-forwarded-uri": "/api/open/1", "x-original-url": "/api/open/1" }],
      ["/api/notes/1", { "x-rewrite-url": "/healthz", "x-forwarded-prefix": "/api/open" }],
      ["/api/notes/1", { "user-agent": "GoogleHC/1.0" }],
      ["/api/notes/1", { "user-agent": "kube-probe/1.30", referer: `${ORIGIN}/api/open/1` }],
    ] as const) {
      const guarded = await stranger.raw(path, { headers: { ...headers, "sec-fetch-site": "same-origin" } });
      expect(guarded.status).toBe(403);
      const anonymous = await stranger.fetch(path, { headers });
      expect([anonymous.status, anonymous.headers.get("coatcheck-problem")]).toEqual([401, "no_session"]);
    }
    expect(rig.api.calls).toEqual([]);
  });

  it.each([
    ["host", "max-age=63072000"],
    ["preload", "max-age=63072000; includeSubDomains; preload"],
  ] as const)("S-121: has HSTS as far as the setting %s says", async (hsts, expected) => {
    const bff = rig.instance({
      publicOrigin: "https://app.example",
      page: { hsts },
      provider: { ...rig.config.provider, issuer: "https://idp.example" },
      dangerouslyAllowHttp: undefined as never,
    });
    for (const path of [
      "/bff/session",
      "/bff/unknown",
      "/bff/login",
      "/api/plain/1",
      "/api/unknown",
      "/healthz",
    ]) {
      const answer = await bff.app.request(`https://app.example${path}`, { headers: { "x-coatcheck": "1" } });
      expect([path, answer.headers.get("strict-transport-security")]).toEqual([path, expected]);
    }
  });

  it("S-106: in an ambiguous spelling is refused before anything is contacted", async () => {
    const targets = [
      "/api//notes/1",
      "/api/notes/%2e%2e/plain",
      "/api/notes/..%2f",
      "/api/notes%2f1",
      "/api/notes/%00",
      "/api/notes/%ff",
      "/%61pi/notes/1",
      "/api/notes/%5c",
      "/api/notes/..;/x",
      "/bff/%73ession",
    ];
    const headers = [
      ["host", "localhost:3000"],
      ["x-coatcheck", "1"],
      ["sec-fetch-site", "same-origin"],
    ] as const;
    for (const rawTarget of targets) {
      const request = { method: "GET", rawTarget, headers };
      expect([rawTarget, (await sendRaw(rig.bff, request)).status]).toEqual([rawTarget, 400]);
      // Past the app most of these aren't API calls at all, and so go to the app.
      expect([undefined, 400]).toContain(await sendDirectly(rig.bff, request));
    }
    expect(rig.api.calls).toEqual([]);
  });

  it("S-120 S-121 S-123: gets the security headers, a request id, and no-store, whatever comes of it", async () => {
    const paths = [
      "/bff/session",
      "/bff/unknown",
      "/api/open/1",
      "/api/unknown",
      "/bff/login",
      "/bff/callback?state=x",
      "/healthz",
      "/readyz",
      "/bff/logout/provider",
      "/api/plain/%2f",
    ];
    for (const path of paths) {
      for (const answer of [await rig.browser().fetch(path), await rig.browser().navigate(path)]) {
        expect([path, answer.headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
        expect([path, answer.headers.get("cache-control")]).toEqual([path, "no-store"]);
        for (const name of [
          "content-security-policy",
          "cross-origin-resource-policy",
          "cross-origin-opener-policy",
          "permissions-policy",
          "referrer-policy",
          "x-request-id",
        ]) {
          expect([path, name, answer.headers.get(name)]).toEqual([path, name, expect.any(String)]);
        }
      }
    }
  });

  it("S-138 S-142: however malformed, ends in an answer that isn't 500, and the process goes on", async () => {
    const logged = rig.log.length;
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom("%", "%E0%A4%A", "\0", "Bearer %", "a=b; =; ;", "__proto__", "..", "\u2028"),
    );
    const paths = [...Object.values(BFF_PATHS), "/api/open/1", "/api/plain/1", "/"];
    const headerNames = [
      "cookie",
      "origin",
      "host",
      "content-length",
      "content-type",
      "sec-fetch-site",
      "x-forwarded-for",
      "x-coatcheck",
      "x-coatcheck-user",
      "authorization",
      "accept",
      "referer",
    ];
    const headers = fc.array(fc.tuple(fc.constantFrom(...headerNames), text), { maxLength: 6 });
    const body = fc.option(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
      { nil: null },
    );
    const ours: [string, string][] = [
      ["host", "localhost:3000"],
      ["x-coatcheck", "1"],
      ["sec-fetch-site", "same-origin"],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        text,
        fc.constantFrom("GET", "POST", "PROPFIND", "x"),
        headers,
        fc.boolean(),
        body,
        async (path, tail, method, extra, isOurs, bytes) => {
          const request = {
            method,
            rawTarget: path + tail,
            headers: isOurs ? [...ours, ...extra.filter(([name]) => name !== "host")] : extra,
            body: bytes,
            remoteAddress: tail,
          };
          expect((await sendRaw(rig.bff, request)).status).not.toBe(500);
          expect(await sendDirectly(rig.bff, request)).not.toBe(500);
        },
      ),
      { numRuns: 500 },
    );
    expect(rig.log.slice(logged).filter(({ event }) => event === "internal_error")).toEqual([]);
  });
});
