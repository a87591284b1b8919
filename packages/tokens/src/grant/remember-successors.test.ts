import { describe, expect, it, vi } from "vitest";
import { rememberSuccessors } from "./remember-successors.ts";
import { createWebSuccessorCrypto, type SuccessorLock } from "./successor-crypto.ts";

const web = createWebSuccessorCrypto((count) => globalThis.crypto.getRandomValues(new Uint8Array(count)));
const LOCK: SuccessorLock = { refreshToken: "refresh token", sid: "session", generation: 3, content: "seal" };

function createCounted() {
  const open = vi.fn((lock: SuccessorLock, sealed: string) => web.open(lock, sealed));
  return { crypto: rememberSuccessors({ ...web, open }), opens: () => open.mock.calls.length };
}

describe("a successor that is remembered", () => {
  it("was sealed here: it opens without a key being derived", async () => {
    const { crypto, opens } = createCounted();
    const sealed = await crypto.seal(LOCK, "the next grant");
    expect(await crypto.open({ ...LOCK }, sealed)).toBe("the next grant");
    expect(await web.open(LOCK, sealed)).toBe("the next grant");
    expect(opens()).toBe(0);
  });

  it("was opened here: that takes one derivation", async () => {
    const { crypto, opens } = createCounted();
    const sealed = await web.seal(LOCK, "the next grant");
    for (let times = 0; times < 3; times += 1)
      expect(await crypto.open({ ...LOCK }, sealed)).toBe("the next grant");
    expect(opens()).toBe(1);
  });

  it.each<Partial<SuccessorLock>>([
    { refreshToken: "another refresh token" },
    { sid: "another session" },
    { generation: 2 },
    { content: "tokens" },
  ])("is told to nobody with another lock: %o", async (other) => {
    const { crypto } = createCounted();
    const sealed = await crypto.seal(LOCK, "the next grant");
    expect(await crypto.open({ ...LOCK, ...other }, sealed)).toBeUndefined();
    expect(await crypto.open(LOCK, sealed)).toBe("the next grant");
  });

  it("was never known where it didn't open", async () => {
    const { crypto, opens } = createCounted();
    const damaged = (await crypto.seal(LOCK, "the next grant")).slice(0, -2);
    for (let times = 0; times < 2; times += 1) expect(await crypto.open(LOCK, damaged)).toBeUndefined();
    expect(opens()).toBe(2);
  });

  it("gives way to a thousand others", async () => {
    const { crypto, opens } = createCounted();
    const sealed = await crypto.seal(LOCK, "the next grant");
    for (let generation = 0; generation < 1_000; generation += 1)
      await crypto.seal({ ...LOCK, generation }, "another grant");
    expect(await crypto.open(LOCK, sealed)).toBe("the next grant");
    expect(opens()).toBe(1);
  });
});
