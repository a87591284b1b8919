import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Browser, Rig } from "../fixtures/rig.ts";
import type { Bff } from "./create-bff.ts";

const ORDERS = "https://orders.example/";
let rig: Rig;
let aheadMs = 0;
beforeAll(async () => {
  rig = await startRig({
    client: { tokenExchange: true },
    provider: { scope: "openid profile email notes:read" },
    idp: {
      resources: [
        { indicator: RESOURCE, scopes: ["notes:read"] },
        { indicator: ORDERS, scopes: ["orders:read", "orders:write"], audience: "orders" },
      ],
    },
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  aheadMs = 0;
  rig.api.calls.length = 0;
  rig.api.answer((_, response) => response.end("orders"));
});

function start(exchange: object = { audience: "orders" }, change: object = {}): Bff {
  return rig.instance(
    { routes: [{ prefix: "/api/orders", upstream: `${rig.api.origin}/v1`, exchange, ...change }] },
    { nowMs: () => Date.now() + aheadMs },
  );
}
async function signedIn(bff: Bff, user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = rig.browserOf(bff, rig.browser());
  await browser.navigate(await rig.walkToCallback(browser, { user }), "cross-site");
  return browser;
}
function tokensSent(): readonly string[] {
  return rig.api.calls.map(({ headers }) => headers.authorization?.replace("Bearer ", "") ?? "none");
}
function claimsOf(token: string | undefined): unknown {
  const [, claims = ""] = token?.split(".") ?? [];
  return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
}
function problemOf(answer: Response) {
  return [answer.status, answer.headers.get("coatcheck-problem")];
}

describe("a route whose token is exchanged", () => {
  it.each([
    ["audience", { audience: "orders" }, "orders:read orders:write"],
    ["resource", { resource: ORDERS }, "orders:read orders:write"],
    ["audience and scope", { audience: "orders", scope: "orders:read" }, "orders:read"],
  ])("gets one of the person for the API, by %s, once for all calls", async (_, exchange, scope) => {
    const browser = await signedIn(start(exchange));
    const before = rig.idp.counters().tokenCalls;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (__, index) => browser.fetch(`/api/orders/${index}`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(rig.idp.counters().tokenCalls - before).toBe(1);
    expect(new Set(tokensSent()).size).toBe(1);
    expect(claimsOf(tokensSent()[0])).toMatchObject({ aud: "orders", sub: "ada", scope });
  });

  it("is configured as docs/guides/token-exchange.md shows it", async () => {
    const guide = readFileSync(new URL("../../../docs/guides/token-exchange.md", import.meta.url), "utf8");
    const [, json = ""] = /```json\n([\s\S]*?)```/u.exec(guide) ?? [];
    const [route] = JSON.parse(json) as [{ readonly exchange: object }];
    const bff = rig.instance({
      routes: [{ ...route, prefix: "/api/orders", upstream: `${rig.api.origin}/v1` }],
    });
    expect((await (await signedIn(bff)).fetch("/api/orders/1")).status).toBe(200);
    expect(claimsOf(tokensSent()[0])).toMatchObject({ aud: "orders", scope: "orders:read" });
  });

  it("S-132: never hands one person's to another", async () => {
    const bff = start();
    for (const user of ["ada", "ines"] as const) await (await signedIn(bff, user)).fetch("/api/orders/1");
    expect(tokensSent().map((token) => (claimsOf(token) as { sub: string }).sub)).toEqual(["ada", "ines"]);
  });

  it("asks anew when the person's own token is another one, and when the first runs out", async () => {
    const browser = await signedIn(start());
    await browser.fetch("/api/orders/1");
    await browser.fetch("/bff/refresh", { method: "POST" });
    await browser.fetch("/api/orders/1");
    aheadMs = 299_000;
    await browser.fetch("/api/orders/1");
    expect(new Set(tokensSent()).size).toBe(3);
  });

  it("sends a call again with another where the API refuses one that isn't new", async () => {
    const browser = await signedIn(start());
    await browser.fetch("/api/orders/1");
    aheadMs = 20_000;
    rig.api.answer((_, response) =>
      rig.api.calls.length === 2
        ? response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        : response.end("orders"),
    );
    const { generation } = (await (await browser.fetch("/bff/session")).json()) as { generation: number };
    expect((await browser.fetch("/api/orders/1")).status).toBe(200);
    expect(new Set(tokensSent()).size).toBe(2);
    // The person's own token was refused nowhere.
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ generation });
  });

  it("asks once for another where the API refuses it to twenty calls at once", async () => {
    const browser = await signedIn(start());
    await browser.fetch("/api/orders/1");
    aheadMs = 20_000;
    const refused = rig.api.calls[0]?.headers.authorization;
    rig.api.answer((request, response) =>
      request.headers.authorization === refused
        ? response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        : response.end("orders"),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch("/api/orders/1")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(tokensSent()).size).toBe(2);
  });

  it("hands on the API's refusal of a token that is brand new", async () => {
    const browser = await signedIn(start());
    rig.api.answer((_, response) =>
      response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end(),
    );
    expect(problemOf(await browser.fetch("/api/orders/1"))).toEqual([401, null]);
    expect(rig.api.calls).toHaveLength(1);
  });

  it("is nobody's when the session is over", async () => {
    const browser = await signedIn(start());
    await browser.fetch("/api/orders/1");
    const copy = browser.copy();
    await browser.fetch("/bff/logout", { method: "POST" });
    expect(problemOf(await copy.fetch("/api/orders/1"))).toEqual([401, "no_session"]);
    expect(rig.api.calls).toHaveLength(1);
  });

  it.each([
    ["a target that nobody knows", { audience: "nobody" }, "invalid_target"],
    ["a scope that the API doesn't know", { audience: "orders", scope: "orders:admin" }, "invalid_scope"],
  ])("says 403 for %s, asks once for many, and calls no API", async (_, exchange, reason) => {
    const browser = await signedIn(start(exchange));
    const before = rig.idp.counters().tokenCalls;
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.fetch("/api/orders/1")));
    expect(answers.map(problemOf)).toEqual(Array.from({ length: 5 }, () => [403, "resource_unavailable"]));
    expect(rig.idp.counters().tokenCalls - before).toBe(1);
    expect(rig.log.findLast(({ event }) => event === "token_exchange_failed")).toMatchObject({ reason });
    expect(rig.api.calls).toEqual([]);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
  });

  it("says 503 while the provider gives no answer, and goes on when it does", async () => {
    const browser = await signedIn(start());
    await rig.control.addFault({ kind: "unavailable", endpoint: "token", times: 1 });
    expect(problemOf(await browser.fetch("/api/orders/1"))).toEqual([503, "provider_unavailable"]);
    await expect
      .poll(async () => (await browser.fetch("/api/orders/1")).status, { timeout: 10_000, interval: 200 })
      .toBe(200);
  });

  it("isn't needed by who isn't signed in, where the route can do without", async () => {
    const bff = start({ audience: "orders" }, { tokenKind: "user-or-none" });
    const answer = await rig.browserOf(bff, rig.browser()).fetch("/api/orders/1");
    expect([answer.status, tokensSent()]).toEqual([200, ["none"]]);
  });

  it("is refused at start for a route without a person", () => {
    for (const tokenKind of ["none", "client"])
      expect(() => start({ audience: "orders" }, { tokenKind })).toThrow(
        expect.objectContaining({ problems: [expect.objectContaining({ path: "routes[0].tokenKind" })] }),
      );
    for (const exchange of [
      { audience: "" },
      { resource: "orders" },
      { scope: "a  b" },
      { audiences: ["a"] },
    ])
      expect(() => start(exchange)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it("S-036: shows no token to the browser", async () => {
    const browser = await signedIn(start());
    await browser.fetch("/api/orders/1");
    const tokens = (await rig.control.issuedSecrets()).filter(({ kind }) => kind === "access token");
    const seen = JSON.stringify(rig.seen.responses);
    expect(tokens.filter(({ value }) => seen.includes(value))).toEqual([]);
    expect(rig.seen.responses.some(({ url }) => url.startsWith("/api/orders"))).toBe(true);
  });
});
