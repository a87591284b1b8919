import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Bff } from "./create-bff.ts";

const CLIENT = { prefix: "/api/public", tokenKind: "client" } as const;
let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ clientCredentials: true });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
  rig.api.answer((_, response) => response.end("news"));
});

function start(change: object = {}, ports: Parameters<Rig["instance"]>[1] = {}): Bff {
  return rig.instance(
    { routes: [{ ...CLIENT, upstream: `${rig.api.origin}/v1`, resource: RESOURCE, ...change }] },
    ports,
  );
}
function visit(bff: Bff, path = "/api/public/1", init: RequestInit = {}) {
  return createBrowser(bff, ORIGIN, rig.seen).fetch(path, init);
}
function tokensSent(): readonly string[] {
  return rig.api.calls.map(({ headers }) => headers.authorization ?? "none");
}

describe("a route in the application's own name", () => {
  it("needs nobody who is signed in, and asks for one token for all of its calls", async () => {
    const before = rig.idp.counters().tokenCalls;
    const bff = start({ scopes: ["notes:read"] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => visit(bff)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(rig.idp.counters().tokenCalls - before).toBe(1);
    expect(new Set(tokensSent()).size).toBe(1);
    const [, claims = ""] = (tokensSent()[0] ?? "").split(".");
    expect(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))).toMatchObject({
      aud: RESOURCE,
      scope: "notes:read",
      sub: "coatcheck-test",
    });
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
  });

  it("S-074: is guarded as every other", async () => {
    const answer = await createBrowser(start(), ORIGIN, rig.seen).raw("/api/public/1");
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([403, "guard_refused"]);
    expect(rig.api.calls).toEqual([]);
  });

  it("gets another token when the first runs out", async () => {
    let aheadMs = 0;
    const bff = start({}, { nowMs: () => Date.now() + aheadMs });
    await visit(bff);
    aheadMs = 296_000;
    await visit(bff);
    expect(new Set(tokensSent()).size).toBe(2);
  });

  it("sends a call again where the API refuses a token that isn't new, and asks once", async () => {
    let aheadMs = 0;
    const bff = start({}, { nowMs: () => Date.now() + aheadMs });
    await visit(bff);
    aheadMs = 20_000;
    rig.api.answer((_, response) =>
      rig.api.calls.length === 2
        ? response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        : response.end("news"),
    );
    expect((await visit(bff)).status).toBe(200);
    expect(new Set(tokensSent()).size).toBe(2);
  });

  it("says 503 where the provider gives it none, and asks it once for many", async () => {
    const bff = start({ resource: "https://unknown.example/" });
    const before = rig.idp.counters().tokenCalls;
    const answers = await Promise.all(Array.from({ length: 5 }, () => visit(bff)));
    expect(answers.map(({ headers }) => headers.get("coatcheck-problem"))).toEqual(
      Array.from({ length: 5 }, () => "provider_unavailable"),
    );
    expect(rig.idp.counters().tokenCalls - before).toBe(1);
    expect(rig.log.findLast(({ event }) => event === "client_token_failed")).toMatchObject({
      reason: "invalid_target",
    });
    expect(rig.api.calls).toEqual([]);
  });
});
