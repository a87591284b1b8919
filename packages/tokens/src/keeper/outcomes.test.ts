import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";
import type { KeeperPolicy } from "../refresh/keeper-policy.ts";

const LIFE_MS = 300_000;
const LONG_AGO = 0;

async function expired(policy: Partial<KeeperPolicy> = {}) {
  const bench = createKeeperBench({ policy });
  const grant = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  return { bench, grant };
}

function ask(bench: KeeperBench, grant: Grant, sid = "a-session") {
  return bench.answer(bench.visit(grant, { sid }).ensureFresh(""));
}

/** As the demo does it: the session's own note of when the token expires is put into the past. */
function expire(grant: Grant): Grant {
  const entries = Object.entries(grant.accessTokens).map(([resource, token]) => [
    resource,
    { ...token, expiresAt: 0 },
  ]);
  return { ...grant, accessTokens: Object.fromEntries(entries) };
}

const UNAVAILABLE = {
  kind: "unavailable",
  code: "refresh_unavailable",
  retryAfterSeconds: expect.toSatisfy((seconds: number) => seconds >= 1),
};

describe("a refusal that doesn't say that the grant is over", () => {
  const refused = { kind: "refused", reason: "bad request", status: 400 } as const;
  const ENDED = { kind: "ended", reason: "grant_ended" };

  it("S-089: ends a session that alone meets it after three tries over 30 s", async () => {
    const { bench, grant } = await expired();
    for (let tries = 0; tries < 2; tries += 1) {
      bench.provider.failNext(refused);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      await bench.clock.advance(15_000);
    }
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(ENDED);
  });

  it("ends nobody within 30 s, however often", async () => {
    const { bench, grant } = await expired();
    for (let tries = 0; tries < 12; tries += 1) {
      bench.provider.failNext(refused);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      await bench.clock.advance(2_000);
    }
  });

  it("ends nobody after two tries, however far apart, and whoever else can refresh", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    await bench.clock.advance(700_000);
    expect(await ask(bench, expire(bench.provider.signIn()), "another-session")).toMatchObject({
      how: "led",
    });
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
  });

  it("is the provider's trouble when two sessions meet it and none succeeds: nobody ends for ten minutes", async () => {
    const { bench, grant } = await expired();
    for (let seconds = 0; seconds < 600; seconds += 20) {
      bench.provider.failNext(refused, refused);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      expect(await ask(bench, grant, "another-session")).toEqual(UNAVAILABLE);
      await bench.clock.advance(20_000);
    }
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(ENDED);
  });

  it("is the provider's trouble also where another session met it early, and the last token call took long", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext(refused, refused, refused);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    expect(await ask(bench, grant, "another-session")).toEqual(UNAVAILABLE);
    await bench.clock.advance(15_000);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    await bench.clock.advance(15_000);
    bench.provider.delayMs = 5_000;
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
  });

  it("is the sessions' own trouble when two meet it while a third one is refreshed", async () => {
    const { bench, grant } = await expired();
    const third = expire(bench.provider.signIn());
    for (let tries = 0; tries < 2; tries += 1) {
      bench.provider.failNext(refused, refused);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      expect(await ask(bench, grant, "another-session")).toEqual(UNAVAILABLE);
      await bench.clock.advance(15_000);
    }
    expect(await ask(bench, third, "a-third-session")).toMatchObject({ how: "led" });
    bench.provider.failNext(refused, refused);
    expect(await ask(bench, grant)).toEqual(ENDED);
    expect(await ask(bench, grant, "another-session")).toEqual(ENDED);
  });

  it("shows a session as degraded until it is refreshed, also to a process that only finds it in the ledger", async () => {
    const { bench, grant } = await expired();
    const other = bench.newProcess();
    bench.provider.failNext(refused);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    expect(bench.keeper.isDegraded("a-session", LONG_AGO)).toBe(true);
    expect(bench.keeper.isDegraded("another-session", LONG_AGO)).toBe(false);
    expect(bench.keeper.isProviderDown()).toBe(false);

    const elsewhere = other.keeper.open(bench.request(grant)).ensureFresh("");
    bench.provider.failNext(refused);
    expect(await bench.answer(elsewhere)).toEqual(UNAVAILABLE);
    expect(other.keeper.isDegraded("a-session", LONG_AGO)).toBe(true);
    await bench.clock.advance(3_000);
    expect(await ask(bench, grant)).toMatchObject({ how: "led" });
    expect(bench.keeper.isDegraded("a-session", LONG_AGO)).toBe(false);
  });
});

describe("an answer that was read whole and makes no sense", () => {
  const unreadable = { kind: "unreadable", reason: "not_json", status: 200 } as const;

  it("counts as a refusal after three tries over ten minutes, and not before", async () => {
    const { bench, grant } = await expired();
    for (let minutes = 0; minutes < 10; minutes += 1) {
      bench.provider.failNext(unreadable);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      await bench.clock.advance(60_000);
    }
    bench.provider.failNext(unreadable);
    expect(await ask(bench, grant)).toEqual({ kind: "ended", reason: "grant_ended" });
  });

  it("isn't repeated while the token lives: the provider may have rotated", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 4_000);
    bench.provider.failNext(unreadable);
    expect(await ask(bench, grant)).toMatchObject({ how: "unchanged" });
    await bench.clock.advance(3_000);
    expect(await ask(bench, grant)).toMatchObject({ how: "unchanged" });
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("a refusal of our own credentials", () => {
  const client = { kind: "client", reason: "invalid_client", status: 401 } as const;

  it("ends nobody, however long it lasts, and shows everyone as degraded", async () => {
    const { bench, grant } = await expired();
    for (let minutes = 0; minutes < 30; minutes += 1) {
      bench.provider.failNext(client);
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
      expect(bench.keeper.isDegraded("another-session", LONG_AGO)).toBe(true);
      await bench.clock.advance(50_000);
    }
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: "refresh", outcome: "client", reason: "invalid_client", status: 401 }),
    );
    expect(await ask(bench, grant)).toMatchObject({ how: "led" });
    expect(bench.keeper.isDegraded("a-session", LONG_AGO)).toBe(false);
  });
});

describe("tokens that are about somebody else", () => {
  const other = { kind: "other_identity", reason: "sub", refreshToken: "rt-of-another" } as const;
  const REVOKED = { kind: "ended", reason: "revoked" };

  it("end the session at once, with a security event, and are revoked", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext(other);
    expect(await ask(bench, grant)).toEqual(REVOKED);
    expect(bench.revoked).toEqual(["rt-of-another"]);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: "other_identity", reason: "sub", session: expect.any(String) }),
    );
    expect(await ask(bench, grant)).toEqual(REVOKED);
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("end it also while the store is out of reach, and for all processes when it is back", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext(other);
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    expect(await bench.answer(asked)).toEqual(REVOKED);
    expect(bench.revoked).toEqual(["rt-of-another"]);
    bench.ledger.trouble = "none";
    await bench.answer(bench.keeper.drain());
    const elsewhere = bench.newProcess().keeper.open(bench.request(grant)).ensureFresh("");
    expect(await bench.answer(elsewhere)).toEqual(REVOKED);
  });
});

describe("a provider that fails and isn't asked any more", () => {
  it("is over its trouble for everyone when a session shows what another process got from it since", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
    await ask(bench, grant);
    expect(bench.keeper.isDegraded("a-session", bench.clock.nowMs() - 1_000)).toBe(true);
    await bench.clock.advance(10);
    expect(bench.keeper.isDegraded("a-session", bench.clock.nowMs() - 9)).toBe(false);
    expect(bench.keeper.isDegraded("another-session", LONG_AGO)).toBe(false);
    expect(bench.keeper.isProviderDown()).toBe(false);
  });

  it("is over its refusal of a session that shows what another process got for it since", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "refused", reason: "bad request", status: 400 });
    await ask(bench, grant);
    expect(bench.keeper.isDegraded("a-session", bench.clock.nowMs() - 1_000)).toBe(true);
    await bench.clock.advance(10);
    expect(bench.keeper.isDegraded("a-session", bench.clock.nowMs() - 9)).toBe(false);
  });

  it("counts as down for a minute, or until something else works there", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
    await ask(bench, grant);
    expect(bench.keeper.isProviderDown()).toBe(true);
    await bench.clock.advance(60_000);
    expect(bench.keeper.isProviderDown()).toBe(false);
    bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
    await ask(bench, grant);
    expect(bench.keeper.isProviderDown()).toBe(true);
    bench.keeper.noteProviderUp();
    expect(bench.keeper.isProviderDown()).toBe(false);
  });
});
