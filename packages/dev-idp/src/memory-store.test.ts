import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

describe("the memory store", () => {
  it("still knows a refresh token that was spent thousands of tokens ago", async () => {
    const store = createMemoryStore();
    const tokens = store.adapterFor("RefreshToken");
    await tokens.upsert("first", { accountId: "ada", grantId: "g" }, 3600);
    await tokens.consume("first");
    for (let count = 0; count < 5_000; count += 1) await tokens.upsert(`t${count}`, { grantId: "g" }, 3600);
    expect(await tokens.find("first")).toMatchObject({ consumed: expect.any(Number) });
  });

  it("takes a spent refresh token for a good one as long as a grace lasts, however often it is used in it", async () => {
    let now = 0;
    const store = createMemoryStore(() => now, 10);
    const tokens = store.adapterFor("RefreshToken");
    await tokens.upsert("first", { accountId: "ada", grantId: "g" }, 3600);
    await tokens.consume("first");
    now = 9_000;
    expect(await tokens.find("first")).not.toHaveProperty("consumed");
    await tokens.consume("first");
    now = 10_000;
    expect(await tokens.find("first")).toMatchObject({ consumed: 0 });
    await store.adapterFor("AuthorizationCode").upsert("code", { grantId: "g" }, 3600);
    await store.adapterFor("AuthorizationCode").consume("code");
    expect(await store.adapterFor("AuthorizationCode").find("code")).toMatchObject({ consumed: 10 });
  });

  it("forgets what is expired", async () => {
    let now = 0;
    const store = createMemoryStore(() => now);
    const tokens = store.adapterFor("AccessToken");
    await tokens.upsert("a", { accountId: "ada" }, 30);
    now = 29_999;
    expect(await tokens.find("a")).toBeDefined();
    now = 30_000;
    expect(await tokens.find("a")).toBeUndefined();
    expect(store.find("AccessToken", "a")).toBeUndefined();
  });

  it("removes a grant's tokens and leaves its interaction and other grants alone", async () => {
    const store = createMemoryStore();
    await store.adapterFor("RefreshToken").upsert("r1", { accountId: "ada", grantId: "g1" }, 60);
    await store.adapterFor("AccessToken").upsert("a1", { accountId: "ada", grantId: "g1" }, 60);
    await store.adapterFor("RefreshToken").upsert("r2", { accountId: "ada", grantId: "g2" }, 60);
    await store.adapterFor("Interaction").upsert("i1", { grantId: "g1" }, 60);
    await store.adapterFor("RefreshToken").revokeByGrantId("g1");
    expect(store.find("RefreshToken", "r1")).toBeUndefined();
    expect(store.find("AccessToken", "a1")).toBeUndefined();
    expect(store.find("RefreshToken", "r2")).toBeDefined();
    expect(store.find("Interaction", "i1")).toBeDefined();
  });

  it("remembers whose a revoked token was", async () => {
    const store = createMemoryStore();
    await store.adapterFor("Grant").upsert("g1", { accountId: "ada" }, 60);
    await store.adapterFor("RefreshToken").upsert("r1", { accountId: "ada", grantId: "g1" }, 60);
    expect(store.revokeGrantsOf("ada")).toBe(1);
    expect(store.find("RefreshToken", "r1")).toBeUndefined();
    expect(store.accountOf("RefreshToken", "r1")).toBe("ada");
    expect(store.accountOf("RefreshToken", "never")).toBeUndefined();
  });

  it("hands out copies: a change that nobody saved is nobody's", async () => {
    const store = createMemoryStore();
    const sessions = store.adapterFor("Session");
    const payload = { uid: "u", accountId: "ada", authorizations: { app: { sid: "s" } } };
    await sessions.upsert("one", payload, 60);
    const copy = await sessions.findByUid("u");
    Object.assign(copy ?? {}, { accountId: "ines" });
    payload.authorizations.app.sid = "changed";
    expect(await sessions.findByUid("u")).toMatchObject({ accountId: "ada" });
    expect(store.sessionsOf("ada")).toEqual([{ id: "one", sids: new Map([["app", "s"]]) }]);
  });

  it("ends a person's sessions, each found by its uid no more", async () => {
    const store = createMemoryStore();
    const sessions = store.adapterFor("Session");
    await sessions.upsert("one", { uid: "u1", accountId: "ada" }, 60);
    await sessions.upsert("two", { uid: "u2", accountId: "ines" }, 60);
    expect(store.endSessionsOf("ada")).toBe(1);
    expect(await sessions.findByUid("u1")).toBeUndefined();
    expect(await sessions.findByUid("u2")).toBeDefined();
  });
});
