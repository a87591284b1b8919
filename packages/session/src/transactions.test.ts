import { describe, expect, it } from "vitest";
import { createCloakroom, shown } from "../suite/coats.ts";

describe("a pending sign-in", () => {
  it("comes back to the state that began it, and to no other (S-057)", async () => {
    const { sessions } = createCloakroom();
    const header = shown([
      ...(await sessions.sealTransaction({ state: "one", codeVerifier: "v1" }, "one", undefined)),
      ...(await sessions.sealTransaction({ state: "two", codeVerifier: "v2" }, "two", undefined)),
    ]);
    expect((await sessions.openTransaction(header, "one"))?.value.codeVerifier).toBe("v1");
    expect((await sessions.openTransaction(header, "two"))?.value.codeVerifier).toBe("v2");
    expect(await sessions.openTransaction(header, "three")).toBeUndefined();
  });

  it("is bound to the whole state, and not just to the name that it gives", async () => {
    // Every state has the same short hash here, as an attacker could find two that have.
    const mac = {
      digest: (text: string) =>
        Uint8Array.from({ length: 32 }, (_, index) => (index < 4 ? 0 : text.length + index)),
      derive: () => new Uint8Array(32),
      sign: (_: Uint8Array, text: string) =>
        Uint8Array.from({ length: 32 }, (_, index) => text.length * index),
      verify: (_: Uint8Array, tag: Uint8Array, text: string) => {
        signed.add(text);
        return tag.every((byte, index) => byte === ((text.length * index) & 255));
      },
    };
    const signed = new Set<string>();
    const { sessions } = createCloakroom({}, { mac });
    const header = shown(
      await sessions.sealTransaction({ state: "one", codeVerifier: "v1" }, "one", undefined),
    );
    await sessions.openTransaction(header, "one");
    await sessions.openTransaction(header, "other");
    expect(signed.size).toBe(2);
  });

  it("lasts ten minutes", async () => {
    const { sessions, clock } = createCloakroom();
    const header = shown(await sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", undefined));
    clock.nowMs += 600_000 - 1;
    expect(await sessions.openTransaction(header, "s")).toBeDefined();
    clock.nowMs += 1;
    expect(await sessions.openTransaction(header, "s")).toBeUndefined();
  });

  it("that was tampered with doesn't open, and doesn't throw", async () => {
    const { sessions } = createCloakroom();
    const header = shown(await sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", undefined));
    expect(await sessions.openTransaction(`${header.slice(0, -3)}abc`, "s")).toBeUndefined();
  });
});

describe("a logout hint", () => {
  it("comes back whole, until the longest session is over", async () => {
    const { sessions, clock } = createCloakroom();
    const hint = { idToken: "head.body.signature", sid: "a-sid" };
    const header = shown((await sessions.sealLogoutHint(hint)) ?? []);
    expect(await sessions.openLogoutHint(header)).toEqual({ ...hint, owner: "" });
    clock.nowMs += 43_200_000;
    expect(await sessions.openLogoutHint(header)).toBeUndefined();
  });
});
