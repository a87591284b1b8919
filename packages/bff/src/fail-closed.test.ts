import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { assembleBff } from "./assemble-bff.ts";
import type { AssemblyPorts } from "./ports.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig();
  browser = rig.browser();
  await rig.signIn(browser);
});
afterAll(() => rig.close());

function breakDown(): never {
  throw new Error("broken");
}

/** A BFF with the session's own keys and ledger, one part of which is broken. */
function broken(ports: Partial<AssemblyPorts>): Browser {
  const bff = assembleBff(rig.config, {
    fetch: () => Promise.reject(new Error("nobody is there")),
    ledger: rig.ledger,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    ...ports,
  });
  return createBrowser(bff, ORIGIN, rig.seen, [...browser.cookies.values()]);
}

describe("a BFF with a broken part", () => {
  it.each<readonly [string, Partial<AssemblyPorts>]>([
    ["a sealer that throws", { sealer: { seal: breakDown, unseal: breakDown } }],
    ["a sealer that opens nothing", { sealer: { seal: breakDown, unseal: () => undefined } }],
    ["a sealer that answers an error", { sealer: { seal: breakDown, unseal: () => ({ error: "broken" }) } }],
    [
      "a sealer that makes up a session",
      { sealer: { seal: breakDown, unseal: () => ({ v: 1, sid: "made up", user: { sub: "root" } }) } },
    ],
    [
      "arithmetic that throws",
      { mac: { digest: breakDown, derive: breakDown, sign: breakDown, verify: breakDown } },
    ],
    ["a clock that throws", { nowMs: breakDown }],
    ["an upstream client that rejects", { send: () => Promise.reject(new Error("broken")) }],
  ])("S-130: %s serves no protected route, and says nothing of why", async (_, ports) => {
    const strange = broken(ports);
    for (const path of ["/api/plain/1", "/api/notes/1", "/bff/userinfo"]) {
      const answer = await strange.fetch(path).catch(() => undefined);
      if (answer === undefined) continue;
      expect([401, 500, 502, 503]).toContain(answer.status);
      expect(await answer.text()).not.toContain("broken");
    }
    expect(rig.api.calls).toEqual([]);
  });

  it("S-130: the same with nothing broken serves them", async () => {
    const { status } = await rig.instance().app.request(`${ORIGIN}/api/plain/1`, {
      headers: {
        "x-coatcheck": "1",
        cookie: [...browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join("; "),
      },
    });
    expect(status).toBe(200);
  });
});
