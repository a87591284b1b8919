import { afterEach, describe, expect, it } from "vitest";
import { startRig } from "../fixtures/rig.ts";
import type { Rig, RigOptions } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";
import type { SessionEnded } from "./session/session-end-hook.ts";

const HOUR_MS = 3_600_000;
const HASH = /^[A-Za-z0-9_-]{16}$/u;
let rig: Rig;
let notified: SessionEnded[] = [];
afterEach(() => rig.close());

async function start(options: RigOptions = {}): Promise<Browser> {
  notified = [];
  rig = await startRig({ onSessionEnd: (ended) => void notified.push(ended), ...options });
  return signedIn();
}
async function signedIn(user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = rig.browser();
  await rig.signIn(browser, { user });
  return browser;
}
function hashesOf(event: string) {
  return rig.log.filter((line) => line.event === event).map((line) => line.session);
}
function signOut(browser: Browser) {
  return browser.fetch("/bff/logout", { method: "POST", body: JSON.stringify({}) });
}

describe("whoever asked is told of a session's end", () => {
  it("by sign-out: once, by the hash that stands in the log, and whose it was", async () => {
    const browser = await start();
    const late = browser.copy();
    await signOut(browser);
    await signOut(late);
    await late.fetch("/bff/session");
    await rig.bff.drain();
    expect(notified).toEqual([
      { session: hashesOf("sign_in")[0], reason: "signed_out", iss: rig.idp.issuer, sub: "ada" },
    ]);
    expect(notified[0]?.session).toMatch(HASH);
  });

  it("by signing in again: replaced for the same person, signed out for another", async () => {
    const browser = await start();
    await rig.signIn(browser);
    await rig.signIn(browser, { user: "ines" });
    await rig.bff.drain();
    expect(notified).toMatchObject([
      { session: hashesOf("sign_in")[0], reason: "replaced", sub: "ada" },
      { session: hashesOf("sign_in")[1], reason: "signed_out", sub: "ada" },
    ]);
  });

  it("by the provider: once, however many calls find out", async () => {
    const browser = await start({ idp: { accessTokenSeconds: 60 } });
    await rig.control.revokeGrants("ada");
    rig.advance(61_000);
    const copies = [browser, browser.copy(), browser.copy()];
    await Promise.all(copies.map((copy) => copy.fetch("/api/plain/1")));
    await rig.bff.drain();
    expect(notified).toMatchObject([{ reason: "grant_ended", iss: rig.idp.issuer, sub: "ada" }]);
  });

  it.each([
    ["idle_timeout", 0.6],
    ["absolute_timeout", 13],
  ])("by time: %s when a cookie shows it, once", async (reason, hours) => {
    const browser = await start();
    const late = browser.copy();
    rig.advance(hours * HOUR_MS);
    await rig.bff.drain();
    expect(notified).toEqual([]);
    await browser.fetch("/bff/session");
    await late.fetch("/bff/session");
    await rig.bff.drain();
    expect(notified).toMatchObject([{ session: hashesOf("sign_in")[0], reason, sub: "ada" }]);
  });

  it("by a process that only sees what another has ended: not again", async () => {
    const browser = await start();
    const late = browser.copy();
    const seen: SessionEnded[] = [];
    const other = rig.instance({}, { onSessionEnd: (ended) => void seen.push(ended) });
    await signOut(browser);
    const cookie = [...late.cookies.values()].map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await other.app.request(`${rig.config.publicOrigin}/bff/session`, {
      headers: { cookie, "x-coatcheck": "1", "sec-fetch-site": "same-origin" },
    });
    expect(await answer.json()).toMatchObject({ state: "anonymous", reason: "signed_out" });
    await other.drain();
    expect([notified.length, seen.length]).toEqual([1, 0]);
  });
});

describe("a hook", () => {
  it.each([
    ["rejects", () => Promise.reject(new RangeError("secret words"))],
    [
      "throws",
      () => {
        throw new RangeError("secret words");
      },
    ],
  ])("that %s is logged, and costs no answer", async (_, onSessionEnd) => {
    const browser = await start({ onSessionEnd });
    expect((await signOut(browser)).status).toBe(200);
    await rig.bff.drain();
    expect(rig.log).toContainEqual(
      expect.objectContaining({
        level: "error",
        event: "internal_error",
        during: "on_session_end",
        kind: "RangeError",
      }),
    );
    expect(JSON.stringify(rig.log)).not.toContain("secret words");
  });

  it("that takes its time holds up no answer, but the end of a drain", async () => {
    const gate = Promise.withResolvers<void>();
    const browser = await start({ onSessionEnd: () => gate.promise });
    expect((await signOut(browser)).status).toBe(200);
    let isDrained = false;
    const drained = rig.bff.drain().then(() => (isDrained = true));
    await browser.fetch("/bff/session");
    expect(isDrained).toBe(false);
    gate.resolve();
    await drained;
  });
});
