import { describe, expect, it } from "vitest";
import { createWebSuccessorCrypto, type SuccessorLock } from "./successor-crypto.ts";

const crypto = createWebSuccessorCrypto((count) => globalThis.crypto.getRandomValues(new Uint8Array(count)));
const LOCK: SuccessorLock = { refreshToken: "refresh token", sid: "session", generation: 3, content: "seal" };

describe("a sealed successor", () => {
  it("opens for who holds what it was sealed under, and for nobody else", async () => {
    const sealed = await crypto.seal(LOCK, "the next grant");
    expect(await crypto.open({ ...LOCK }, sealed)).toBe("the next grant");
    const others: readonly Partial<SuccessorLock>[] = [
      { refreshToken: "another refresh token" },
      { sid: "another session" },
      { generation: 2 },
      { generation: 4 },
      { content: "tokens" },
    ];
    for (const other of others) {
      expect([other, await crypto.open({ ...LOCK, ...other }, sealed)]).toEqual([other, undefined]);
    }
  });

  it.each(["", "AAAA", "no base64 at all!"])("that is damaged opens for nobody: %s", async (damaged) => {
    expect(await crypto.open(LOCK, damaged)).toBeUndefined();
  });

  it("differs each time, and says nothing of what is in it", async () => {
    const [first, second] = [await crypto.seal(LOCK, "secret"), await crypto.seal(LOCK, "secret")];
    expect(first).not.toBe(second);
    expect(atob(first.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("secret");
  });
});

describe("where a session's record is", () => {
  it("follows from its id alone, and the id doesn't follow from it", async () => {
    const key = await crypto.locate("session");
    expect(key).toBe(await crypto.locate("session"));
    expect(key).not.toBe(await crypto.locate("another session"));
    expect(key).not.toContain("session");
  });
});
