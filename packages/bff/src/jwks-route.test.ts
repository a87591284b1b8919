import { generateKeyPairSync } from "node:crypto";
import type { DevIdpClient } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

const PATH = "/bff/jwks.json";

function makeKey(kid: string) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = privateKey.export({ format: "jwk" });
  const { d: _, ...half } = jwk;
  return { jwk: { ...jwk, kid }, half: { ...half, kid, alg: "ES256", use: "sig" } };
}

describe("an application with keys of its own, at a real provider", () => {
  const [first, second] = [makeKey("first"), makeKey("second")];
  const client: Partial<DevIdpClient> = {
    tokenEndpointAuthMethod: "private_key_jwt",
    jwks: { keys: [first.half, second.half] },
  };
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      client,
      provider: { clientKeys: JSON.stringify({ keys: [first.jwk, second.jwk] }) },
    });
  });
  afterAll(() => rig.close());

  it("S-018: publishes the public halves, to whoever asks, by GET and HEAD alone", async () => {
    const answer = await rig.browser().raw(PATH);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toEqual({ keys: [first.half, second.half] });
    expect((await rig.browser().raw(PATH, { method: "HEAD" })).status).toBe(200);
    const posted = await rig.browser().raw(PATH, { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("S-018: signs in, refreshes, validates and signs out without any secret", async () => {
    const browser = rig.browser();
    expect((await rig.signIn(browser)).status).toBe(303);
    expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    const body = JSON.stringify({ resource: "" });
    const headers = { "content-type": "application/json" };
    const facts = await browser.fetch("/bff/validate", { method: "POST", headers, body });
    expect([facts.status, await facts.json()]).toMatchObject([
      200,
      { active: true, method: "introspection" },
    ]);
    expect((await browser.fetch("/bff/logout", { method: "POST" })).status).toBe(200);
    await expect.poll(() => rig.idp.counters().revocations).toBe(1);
    expect(rig.idp.counters()).toMatchObject({ refreshSuccesses: 2, reuseDetected: 0 });
    expect(rig.config.routes[0]?.resource).toBe(RESOURCE);
  });

  it("S-018: goes on when the second key comes first", async () => {
    const rotated = rig.instance({
      provider: { ...rig.config.provider, clientKeys: JSON.stringify({ keys: [second.jwk, first.jwk] }) },
    });
    const browser = rig.browser();
    await rig.signIn(browser);
    const other = rig.browserOf(rotated, browser);
    expect((await other.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
  });
});

describe("an application without keys", () => {
  it("publishes nothing: the route isn't there", async () => {
    const rig = await startRig();
    const answer = await rig.browser().raw(PATH);
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([404, "unknown_route"]);
    await rig.close();
  });
});
