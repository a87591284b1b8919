import { afterEach, describe, expect, it } from "vitest";
import { takeBoundTokensAlone } from "../fixtures/dpop-api.ts";
import { startRig } from "../fixtures/rig.ts";
import type { Browser, Rig, RigOptions } from "../fixtures/rig.ts";

let rig: Rig;
afterEach(() => rig.close());

/** A real provider that gives out bound tokens alone, and somebody signed in with one. */
async function signInBound(options: RigOptions = {}): Promise<Browser> {
  rig = await startRig({
    ...options,
    idp: { dpop: "required", ...options.idp },
    provider: { dpop: "required", ...options.provider },
  });
  const browser = rig.browser();
  expect((await rig.signIn(browser)).headers.get("location")).toBe("/");
  return browser;
}

describe("tokens that are bound to a key of their session", () => {
  it.each(["none", "once", "latest"] as const)(
    "S-119: open an API that takes no others, 20 calls at once and with refreshes between them, its nonces: %s",
    async (nonces) => {
      const browser = await signInBound({ idp: { dpopNonces: nonces === "none" ? "never" : "each-call" } });
      const api = takeBoundTokensAlone(rig.api, nonces);
      for (let round = 1; round <= 2; round += 1) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) => browser.fetch(`/api/notes/${index}?page=1`)),
        );
        expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
        expect(api.served()).toBe(round * 20);
        expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
      }
      expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
      expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
    },
  );

  it.each(["POST", "PUT", "DELETE", "PATCH"])(
    "S-119: a %s with a small body is sent again where the API wants another nonce first, whole and once more only",
    async (method) => {
      const browser = await signInBound();
      const api = takeBoundTokensAlone(rig.api, "once");
      rig.api.calls.length = 0;
      const headers = { "content-type": "application/json", "content-length": "7" };
      const answer = await browser.fetch("/api/notes/1", { method, headers, body: '{"a":1}' });
      expect([answer.status, await answer.json()]).toEqual([200, { ok: true, body: '{"a":1}' }]);
      expect([api.refused(), rig.api.calls.length]).toEqual([["use_dpop_nonce"], 2]);
      expect(answer.headers.has("dpop-nonce")).toBe(false);
    },
  );

  it("S-119: an upload that can't be kept fails where the API wants another nonce first, typed, and the next one passes", async () => {
    const browser = await signInBound();
    takeBoundTokensAlone(rig.api, "once");
    const upload = () => browser.fetch("/api/notes/1", { method: "PUT", body: "x".repeat(300_000) });
    const first = await upload();
    expect([first.status, first.headers.get("coatcheck-problem")]).toEqual([502, "upstream_failed"]);
    expect(rig.log).toContainEqual(
      expect.objectContaining({ event: "proxy_failed", reason: "dpop_nonce_unsettled" }),
    );
    expect((await upload()).status).toBe(200);
  });

  it("S-119: an API whose nonce never settles ends as a typed failure, after a few tries, and costs no session", async () => {
    const browser = await signInBound();
    takeBoundTokensAlone(rig.api, "never-settles");
    rig.api.calls.length = 0;
    const answer = await browser.fetch("/api/notes/1");
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([502, "upstream_failed"]);
    expect(rig.api.calls.length).toBeLessThan(10);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
  });

  it("S-119: an old cookie, joined and replayed refreshes, and other instances use the session's one key", async () => {
    const browser = await signInBound({ idp: { dpopNonces: "each-call", accessTokenSeconds: 30 } });
    const api = takeBoundTokensAlone(rig.api, "once");
    const old = browser.copy();
    const elsewhere = rig.browserOf(rig.instance(), browser);
    expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
    rig.advance(31_000);
    const callers = [browser, old, elsewhere];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => callers[index % 3]?.fetch("/api/notes/1")),
    );
    expect(answers.map((answer) => answer?.status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(api.served()).toBe(12);
    const keys = rig.api.calls.map(({ headers }) => String(headers["dpop"]).split(".")[0]);
    expect(new Set(keys).size).toBe(1);
    expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
  });

  it("S-119: a second sign-in has a key of its own", async () => {
    const browser = await signInBound();
    takeBoundTokensAlone(rig.api, "none");
    await browser.fetch("/api/notes/1");
    await rig.signIn(browser);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    const keys = rig.api.calls.map(({ headers }) => String(headers["dpop"]).split(".")[0]);
    expect(new Set(keys).size).toBe(2);
  });

  it("S-119: the key reaches no page, no log and no API", async () => {
    const browser = await signInBound();
    takeBoundTokensAlone(rig.api, "none");
    await browser.fetch("/api/notes/1");
    await browser.fetch("/bff/userinfo");
    const pages = rig.seen.responses.map(({ body }) => body).join("\n");
    const text = JSON.stringify([pages, rig.log, rig.api.calls]);
    expect(text).not.toMatch(/"d":|dpopKey/u);
    // What the API gets holds the public half alone.
    const [header = ""] = String(rig.api.calls[0]?.headers["dpop"]).split(".");
    expect(Object.keys((JSON.parse(atob(header)) as { jwk: object }).jwk).toSorted()).toEqual([
      "crv",
      "kty",
      "x",
      "y",
    ]);
  });
});

describe("what a route says of its API", () => {
  const route = (tokenProof: "as-issued" | "bearer" | "dpop") => [
    {
      prefix: "/api/notes",
      upstream: "https://replaced.example",
      resource: "https://notes.example/",
      tokenProof,
    },
  ];

  async function callWith(tokenProof: "as-issued" | "bearer" | "dpop", isBound: boolean) {
    const dpop = isBound ? "required" : "never";
    rig = await startRig({ idp: { dpop }, provider: { dpop: isBound ? "required" : "offered" } });
    const [first] = route(tokenProof);
    const bff = rig.instance({
      routes: [{ ...first, prefix: "/api/notes", upstream: `${rig.api.origin}/v1` }],
    });
    const browser = rig.browser();
    await rig.signIn(browser);
    const answer = await rig.browserOf(bff, browser).fetch("/api/notes/1");
    const [call] = rig.api.calls;
    const scheme = String(call?.headers.authorization).split(" ")[0];
    return [answer.status, call === undefined ? undefined : scheme, call?.headers["dpop"] !== undefined];
  }

  it.each([
    ["as-issued", true, [200, "DPoP", true]],
    ["as-issued", false, [200, "Bearer", false]],
    ["bearer", true, [200, "Bearer", false]],
    ["dpop", true, [200, "DPoP", true]],
    ["dpop", false, [403, undefined, false]],
  ] as const)("S-119: `%s`, with a session whose tokens are bound: %s", async (proof, isBound, expected) => {
    expect(await callWith(proof, isBound)).toEqual(expected);
  });
});
