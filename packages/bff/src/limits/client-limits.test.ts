import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../../fixtures/raw-request.ts";
import { ORIGIN, startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import type { Bff } from "../create-bff.ts";

let rig: Rig;
let bff: Bff;
beforeAll(async () => {
  rig = await startRig();
  // What a client may do comes back with time, and a slow machine takes some.
  bff = rig.instance({}, { monotonicMs: () => 0 });
});
afterAll(() => rig.close());

const NAVIGATION: readonly [string, string][] = [
  ["host", new URL(ORIGIN).host],
  ["sec-fetch-site", "none"],
  ["sec-fetch-mode", "navigate"],
  ["sec-fetch-dest", "document"],
];
const FLOOD = 620;

describe("a client that asks too often (S-149)", () => {
  it.each([
    ["sign-ins", "GET", "/bff/login", "192.0.2.1", "text/html; charset=UTF-8"],
    ["callbacks", "GET", "/bff/callback?state=x&code=y", "192.0.2.1", "text/html; charset=UTF-8"],
    ["logout tokens", "POST", "/bff/backchannel-logout", "192.0.2.1", "application/problem+json"],
  ])("%s: gets 429 with Retry-After, and others are served", async (_, method, rawTarget, client, type) => {
    const send = (remoteAddress: string) =>
      sendRaw(bff, { method, rawTarget, headers: NAVIGATION, remoteAddress });
    const statuses = new Set<number>();
    for (let count = 0; count < FLOOD; count += 1) statuses.add((await send(client)).status);
    expect(statuses).toContain(429);
    const refused = await send(client);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, type]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await send("192.0.2.2")).status).not.toBe(429);
    expect((await send("2001:db8::1")).status).not.toBe(429);
  });

  it("isn't told apart by a header that nobody trusts", async () => {
    const send = (forwarded: string) =>
      sendRaw(bff, {
        method: "GET",
        rawTarget: "/bff/login",
        headers: [...NAVIGATION, ["x-forwarded-for", forwarded]],
        remoteAddress: "198.51.100.9",
      });
    for (let count = 0; count < FLOOD; count += 1) await send(`203.0.113.${count % 250}`);
    expect((await send("203.0.113.251")).status).toBe(429);
  });

  it("behind a proxy that isn't trusted: nobody is refused for the others, and the log says once what to set", async () => {
    const alone = await startRig();
    const send = () =>
      sendRaw(alone.bff, {
        method: "GET",
        rawTarget: "/bff/callback?state=x",
        headers: [...NAVIGATION, ["x-forwarded-for", "203.0.113.1"]],
        remoteAddress: "10.0.0.7",
      });
    const statuses = new Set<number>();
    for (let count = 0; count < FLOOD; count += 1) statuses.add((await send()).status);
    expect(statuses).not.toContain(429);
    expect(alone.log.filter(({ event }) => event === "client_address_unknown")).toHaveLength(1);
    await alone.close();
  });
});

describe("a session whose refreshes fail (S-149)", () => {
  it("gets 429 in the end where the fault is its own, and others are served", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = rig.browser();
    await rig.signIn(browser);
    const other = rig.browser();
    await rig.signIn(other, { user: "ines" });
    const old = browser.copy();
    for (let refresh = 0; refresh < 5; refresh += 1) {
      rig.advance(130_000);
      await browser.fetch("/api/plain/1");
    }
    rig.advance(700_000);
    await browser.fetch("/api/plain/1");
    const statuses: number[] = [];
    for (let call = 0; call < 80; call += 1) statuses.push((await old.fetch("/api/plain/1")).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    expect((await other.fetch("/api/plain/1")).status).toBe(200);
    await rig.close();
  });

  it("is never refused for an outage of the provider, however often it asks", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.advance(61_000);
    await rig.control.addFault({ kind: "unavailable", grant: "refresh_token" });
    const statuses = new Set<number>();
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(Array.from({ length: 30 }, () => browser.fetch("/api/plain/1")));
      for (const { status } of answers) statuses.add(status);
    }
    expect(statuses).toEqual(new Set([503]));
    await rig.close();
  }, 60_000);
});
