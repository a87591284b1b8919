import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";
import { toKeptGrant } from "../grant/sealed-tokens.ts";

const LIFE_MS = 300_000;
const NOTES = "https://notes.example/";

/** Signs in, and gives the access tokens to the ledger. @returns what the cookie has */
async function signInLarge(
  bench: KeeperBench,
  change: (grant: Grant) => Grant = (grant) => grant,
): Promise<{ readonly whole: Grant; readonly shown: Grant }> {
  const whole = change(bench.provider.signIn(["", NOTES]));
  await bench.keeper.keepTokens(bench.request(whole));
  return { whole, shown: toKeptGrant(whole) };
}

function withoutRefreshToken({ generation, accessTokens }: Grant): Grant {
  return { generation, accessTokens };
}

describe("access tokens that the ledger keeps", () => {
  it("leave nothing in the cookie's grant but when they were issued and when they expire", async () => {
    const bench = createKeeperBench();
    const { whole, shown } = await signInLarge(bench);
    expect(shown).toEqual({
      refreshToken: whole.refreshToken,
      generation: 0,
      accessTokens: {},
      kept: { issuedAt: bench.clock.nowMs(), expiresAt: bench.clock.nowMs() + LIFE_MS },
    });
  });

  it("are used, of every resource, by this process without asking the ledger again, and by another one", async () => {
    const bench = createKeeperBench();
    const { whole, shown } = await signInLarge(bench);
    const other = bench.newProcess();
    for (const resource of ["", NOTES]) {
      const fresh = { kind: "fresh", how: "unchanged", accessToken: whole.accessTokens[resource]?.token };
      expect(await bench.visit(shown).ensureFresh(resource)).toMatchObject(fresh);
      const visit = other.keeper.open(bench.request(shown));
      expect(await visit.holdsToken(resource)).toBe(true);
      expect(await visit.ensureFresh(resource)).toMatchObject(fresh);
      expect(await visit.close({ known: shown, willWrite: false })).toMatchObject({ changed: false });
    }
    expect(bench.ledger.calls).toEqual(new Map([["keepTokens", 1]]));
    expect(other.ledger.calls).toEqual(new Map([["read", 1]]));
    expect(bench.provider.requests).toEqual([]);
  });

  it("are refreshed when they expire, and the successor has those of all resources", async () => {
    const bench = createKeeperBench();
    const { shown, whole } = await signInLarge(bench);
    await bench.clock.advance(LIFE_MS - 4_000);
    const visit = bench.visit(shown);
    expect(await bench.answer(visit.ensureFresh(""))).toMatchObject({ how: "led" });
    const close = await visit.close({ known: shown, willWrite: true });
    expect(close).toMatchObject({
      changed: true,
      grant: { generation: 1, accessTokens: { [NOTES]: whole.accessTokens[NOTES] } },
    });
    expect(close).not.toHaveProperty("grant.kept");
  });

  it("S-086: of a spent generation lead a stale cookie to the newest ones, at another process, too", async () => {
    const bench = createKeeperBench();
    const { shown } = await signInLarge(bench);
    await bench.clock.advance(LIFE_MS);
    const refreshed = await bench.answer(bench.visit(shown).ensureFresh(""));
    if (refreshed.kind !== "fresh") throw new Error(refreshed.kind);
    await bench.keeper.keepTokens(bench.request(refreshed.grant));
    const { keeper } = bench.newProcess();
    const healed = await bench.answer(keeper.open(bench.request(shown)).ensureFresh(""));
    expect(healed).toMatchObject({ how: "replayed", accessToken: refreshed.accessToken });
    const next = await keeper.open(bench.request(toKeptGrant(refreshed.grant))).ensureFresh("");
    expect(next).toMatchObject({ how: "unchanged", accessToken: refreshed.accessToken });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("that a slower answer gives to the ledger late don't take the place of newer ones", async () => {
    const bench = createKeeperBench();
    const { shown, whole } = await signInLarge(bench);
    await bench.clock.advance(LIFE_MS);
    const refreshed = await bench.answer(bench.visit(shown).ensureFresh(""));
    if (refreshed.kind !== "fresh") throw new Error(refreshed.kind);
    await bench.keeper.keepTokens(bench.request(refreshed.grant));
    await bench.keeper.keepTokens(bench.request(whole));
    const { keeper } = bench.newProcess();
    const visit = keeper.open(bench.request(toKeptGrant(refreshed.grant)));
    expect(await visit.ensureFresh("")).toMatchObject({ accessToken: refreshed.accessToken });
  });

  it.each<[what: string, lose: (bench: KeeperBench) => void]>([
    ["was never written", ({ ledger }) => void (ledger.trouble = "down")],
    ["was never written, and the ledger hangs", ({ ledger }) => void (ledger.trouble = "hanging")],
  ])("whose copy %s cost another process one refresh and nothing else", async (_what, lose) => {
    const bench = createKeeperBench();
    lose(bench);
    const whole = bench.provider.signIn();
    await bench.answer(bench.keeper.keepTokens(bench.request(whole)));
    const { keeper } = bench.newProcess();
    const shown = toKeptGrant(whole);
    const outcomes = await bench.answer(
      Promise.all(Array.from({ length: 20 }, () => keeper.open(bench.request(shown)).ensureFresh(""))),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["fresh"]));
    expect(bench.provider.requests).toHaveLength(1);
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("are nobody's without the grant: a cookie of another refresh token, session or generation has to refresh", async () => {
    const bench = createKeeperBench();
    const { shown } = await signInLarge(bench);
    for (const grant of [
      { ...shown, refreshToken: "another" },
      { ...shown, generation: 1 },
    ]) {
      expect(await bench.newProcess().keeper.open(bench.request(grant)).holdsToken("")).toBe(false);
    }
    const request = bench.request(shown, { sid: "another-session" });
    expect(await bench.newProcess().keeper.open(request).holdsToken("")).toBe(false);
  });

  it.each(["signed_out", "revoked", "grant_ended", "replaced"] as const)(
    "go when the session ends (%s)",
    async (reason) => {
      const bench = createKeeperBench();
      const { shown } = await signInLarge(bench);
      const other = bench.newProcess();
      await bench.keeper.end(bench.request(shown), reason);
      expect(await bench.visit(shown).ensureFresh("")).toEqual({ kind: "ended", reason });
      expect(await other.keeper.open(bench.request(shown)).ensureFresh("")).toEqual({
        kind: "ended",
        reason,
      });
    },
  );

  it("a ledger that can't be asked makes the session wait, and costs it nothing", async () => {
    const bench = createKeeperBench();
    const { shown, whole } = await signInLarge(bench);
    const other = bench.newProcess();
    other.ledger.trouble = "down";
    const waiting = await bench.answer(other.keeper.open(bench.request(shown)).ensureFresh(""));
    expect(waiting).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    other.ledger.trouble = "none";
    await bench.clock.advance(5_000);
    const outcome = await bench.answer(other.keeper.open(bench.request(shown)).ensureFresh(""));
    expect(outcome).toMatchObject({ how: "unchanged", accessToken: whole.accessTokens[""]?.token });
  });

  describe("of a session without a refresh token", () => {
    it("are used until they expire, at every process", async () => {
      const bench = createKeeperBench();
      const { shown, whole } = await signInLarge(bench, withoutRefreshToken);
      const { keeper } = bench.newProcess();
      const accessToken = whole.accessTokens[""]?.token;
      expect(await keeper.open(bench.request(shown)).ensureFresh("")).toMatchObject({ accessToken });
      await bench.clock.advance(LIFE_MS);
      const over = { kind: "ended", reason: "grant_ended" };
      expect(await keeper.open(bench.request(shown)).ensureFresh("")).toEqual(over);
    });

    it("can't be told from lost ones while the ledger can't be asked: the session waits", async () => {
      const bench = createKeeperBench();
      const { shown } = await signInLarge(bench, withoutRefreshToken);
      const other = bench.newProcess();
      other.ledger.trouble = "down";
      for (const ask of ["ensureFresh", "refreshNow"] as const) {
        const visit = other.keeper.open(bench.request(shown));
        expect(await bench.answer(visit[ask](""))).toMatchObject({ code: "ledger_unavailable" });
      }
      other.ledger.trouble = "none";
      expect(await other.keeper.open(bench.request(shown)).ensureFresh("")).toMatchObject({ kind: "fresh" });
    });
  });
});
