import type { EndReason } from "../ledger/ledger.ts";
import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../../fixtures/keeper-bench.ts";

type Bench = ReturnType<typeof createKeeperBench>;

const LIFE_MS = 300_000;

async function refreshing(reason: EndReason) {
  const bench = createKeeperBench();
  const grant = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  const visit = bench.visit(grant);
  const asked = visit.ensureFresh("");
  await bench.clock.advance(100);
  const end = await bench.newProcess().keeper.end(bench.request(grant), reason);
  const outcome = await bench.answer(asked);
  const close = await bench.answer(visit.close({ known: grant, willWrite: true }));
  await bench.answer(bench.keeper.drain());
  return { bench, grant, end, outcome, close };
}

describe("a session that ends while it is refreshed", () => {
  it("S-093: by signing out, isn't brought back, and what the provider gave is revoked", async () => {
    const { bench, grant, end, outcome, close } = await refreshing("signed_out");
    expect(end).toEqual({ kind: "ended", refreshToken: grant.refreshToken });
    expect(outcome).toEqual({ kind: "ended", reason: "signed_out" });
    expect(close).toEqual({ kind: "ended", reason: "signed_out" });
    expect(bench.revoked).toEqual(["rt-2"]);
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: "late_success", revoked: true }));
  });

  it("by the same person's signing in again, leaves the provider's grant alone", async () => {
    const { bench, end, outcome } = await refreshing("replaced");
    expect(end).toEqual({ kind: "ended" });
    expect(outcome).toEqual({ kind: "ended", reason: "replaced" });
    expect(bench.revoked).toEqual([]);
  });

  it("S-103: by a back-channel logout, isn't brought back either", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const visit = bench.visit(grant);
    const asked = visit.ensureFresh("");
    await bench.clock.advance(100);
    const { iss, sub, idTokenIat: iat } = visit.session;
    await bench.newProcess().keeper.endBy({ iss, sub, iat });
    expect(await bench.answer(asked)).toEqual({ kind: "ended", reason: "revoked" });
    expect(bench.revoked).toEqual(["rt-2"]);
  });
});

describe("end", () => {
  it("answers with the tip's refresh token, also for an old cookie, so that no spent one is revoked", async () => {
    const bench = createKeeperBench();
    const first = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    await bench.answer(bench.visit(first).ensureFresh(""));
    const end = await bench.keeper.end(bench.request(first), "signed_out");
    expect(end).toEqual({ kind: "ended", refreshToken: "rt-2" });
  });

  it("answers with it again when it is repeated since its answer was lost", async () => {
    const bench = createKeeperBench();
    const first = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    await bench.answer(bench.visit(first).ensureFresh(""));
    bench.ledger.trouble = "deaf";
    bench.ledger.affected = new Set(["end"]);
    const ending = bench.keeper.end(bench.request(first), "signed_out");
    await bench.clock.advance(100);
    bench.ledger.trouble = "none";
    expect(await bench.answer(ending)).toEqual({ kind: "ended", refreshToken: "rt-2" });
  });

  it("can be repeated, and the first reason stays", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.keeper.end(bench.request(grant), "signed_out");
    await bench.keeper.end(bench.request(grant), "replaced");
    expect(await bench.keeper.isEnded(bench.request(grant))).toBe("signed_out");
    expect(await bench.visit(grant).ensureFresh("")).toEqual({
      kind: "ended",
      reason: "signed_out",
    });
    expect(bench.events.filter(({ kind }) => kind === "session_ended")).toHaveLength(1);
  });

  it("answers with no token to revoke of a session that the same person has replaced", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.keeper.end(bench.request(grant), "replaced");
    expect(await bench.keeper.end(bench.request(grant), "signed_out")).toEqual({ kind: "ended" });
  });

  it("ends nothing and hands out nothing while the store is down", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    bench.ledger.trouble = "down";
    const end = await bench.answer(bench.keeper.end(bench.request(grant), "signed_out"));
    expect(end).toEqual({ kind: "unavailable", code: "ledger_unavailable", retryAfterSeconds: 5 });
    expect(await bench.keeper.isEnded(bench.request(grant))).toBeUndefined();
  });
});

describe("an end that the store makes late", () => {
  it("revokes what whoever asked was refused", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    bench.ledger.delayMs = 8_000;
    const end = await bench.answer(bench.keeper.end(bench.request(grant), "signed_out"));
    expect(end).toMatchObject({ kind: "unavailable" });
    await bench.clock.advance(5_000);
    expect(await bench.keeper.isEnded(bench.request(grant))).toBe("signed_out");
    expect(bench.revoked).toEqual([grant.refreshToken]);
  });
});

describe("endBy", () => {
  it("S-103: ends every session of a person whose ID token isn't later, in every process", async () => {
    const bench = createKeeperBench();
    const other = bench.newProcess();
    const grant = bench.provider.signIn();
    const { iss, sub, idTokenIat } = bench.request(grant);
    await bench.keeper.endBy({ iss, sub, iat: idTokenIat });
    const sids = ["one", "two"];
    for (const sid of sids) {
      expect(await other.keeper.isEnded(bench.request(grant, { sid }))).toBe("revoked");
      expect(await other.keeper.open(bench.request(grant, { sid })).ensureFresh("")).toEqual({
        kind: "ended",
        reason: "revoked",
      });
    }
    const later = bench.request(grant, { sid: "later", idTokenIat: idTokenIat + 1 });
    expect(await other.keeper.isEnded(later)).toBeUndefined();
    expect(await other.keeper.isEnded(bench.request(grant, { sid: "three", sub: "ines" }))).toBeUndefined();
    expect(
      await other.keeper.isEnded(bench.request(grant, { sid: "four", iss: "https://other.example" })),
    ).toBeUndefined();
  });

  it("is asked of the store at a refresh, even if this process hasn't heard of it", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    const { iss, sub, idTokenIat: iat } = bench.request(grant);
    await bench.clock.advance(LIFE_MS);
    bench.ledger.isDeafToEndings = true;
    await bench.newProcess().keeper.endBy({ iss, sub, iat });
    expect(await bench.keeper.isEnded(bench.request(grant))).toBeUndefined();
    expect(await bench.visit(grant).ensureFresh("")).toEqual({
      kind: "ended",
      reason: "revoked",
    });
    expect(bench.provider.requests).toHaveLength(0);
  });

  it("says so when the store can't be reached", async () => {
    const bench = createKeeperBench();
    bench.ledger.trouble = "down";
    const outcome = await bench.answer(bench.keeper.endBy({ iss: "https://id.example", sub: "ada", iat: 1 }));
    expect(outcome).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
  });
});

describe("S-103: a logout token", () => {
  const iss = "https://id.example";
  it.each([
    ["that names the person ends all", { sub: "ada" }, ["none", "s1", "s2"]],
    ["that names a session ends that one", { idpSid: "s1" }, ["s1"]],
    [
      "that names both ends that one, and those that don't know what they are called",
      { sub: "ada", idpSid: "s1" },
      ["none", "s1"],
    ],
    ["that names another person's session ends none", { sub: "ines", idpSid: "s3" }, []],
  ])("%s", async (_, target, expected) => {
    const bench = createKeeperBench();
    const sessions = ["none", "s1", "s2"].map((name) => ({
      name,
      ref: bench.request(bench.provider.signIn(), {
        sid: `sid-${name}`,
        ...(name === "none" ? {} : { idpSid: name }),
      }),
    }));
    await bench.newProcess().keeper.endBy({ iss, ...target, iat: sessions[0]?.ref.idTokenIat ?? 0 });
    const reasons = await Promise.all(
      sessions.map(async ({ name, ref }) => ((await bench.keeper.isEnded(ref)) === undefined ? [] : [name])),
    );
    expect(reasons.flat()).toEqual(expected);
  });
});

describe("where nothing is pushed to a process", () => {
  it.each(["ensureFresh", "refreshNow", "close", "isEnded"] as const)(
    "S-103: %s catches up with what has ended elsewhere",
    async (way) => {
      const bench = createKeeperBench({ isPushed: false, outlivesProcess: true });
      const grant = bench.provider.signIn();
      const session = bench.request(grant);
      await bench.newProcess().keeper.end(session, "signed_out");
      const visit = bench.keeper.open(session);
      const asks: Record<typeof way, () => Promise<object>> = {
        ensureFresh: () => visit.ensureFresh(""),
        refreshNow: () => visit.refreshNow(""),
        close: () => visit.close({ known: grant, willWrite: false }),
        isEnded: async () => ({ kind: "ended", reason: await bench.keeper.isEnded(session) }),
      };
      expect(await bench.answer(asks[way]())).toEqual({ kind: "ended", reason: "signed_out" });
      expect(bench.provider.requests).toHaveLength(0);
    },
  );
});

describe("watchEnd", () => {
  /** @returns of what the watch was notified within a second after each of the steps */
  async function reasonsAfter(isPushed: boolean, ...steps: ((bench: Bench) => unknown)[]) {
    const bench = createKeeperBench({ isPushed });
    const grant = bench.provider.signIn();
    const reasons: string[] = [];
    const stop = bench.keeper.watchEnd(bench.request(grant), (reason) => reasons.push(reason));
    await bench.clock.settle();
    const seen = [];
    for (const step of steps) {
      const done = step(bench);
      if (done === "stop") stop();
      else await bench.answer(Promise.resolve(done));
      await bench.clock.advance(1_000);
      seen.push([...reasons]);
    }
    stop();
    return seen;
  }
  function ends(bench: Bench, more = {}) {
    return bench.newProcess().keeper.end(bench.request(bench.provider.signIn(), more), "signed_out");
  }

  it.each([true, false])(
    "tells once that another process ended the session; pushed: %s",
    async (isPushed) => {
      const seen = await reasonsAfter(isPushed, () => undefined, ends, ends);
      expect(seen).toEqual([[], ["signed_out"], ["signed_out"]]);
    },
  );

  it.each([
    ["the person", { sub: "ada" }],
    ["the provider's session", { idpSid: "p-1" }],
  ])("tells of a logout token that names %s, and of no older one", async (_, target) => {
    const bench = createKeeperBench();
    const reasons: string[] = [];
    const session = bench.request(bench.provider.signIn(), { idpSid: "p-1" });
    bench.keeper.watchEnd(session, (reason) => reasons.push(reason));
    const { iss, idTokenIat: iat } = session;
    await bench.newProcess().keeper.endBy({ iss, ...target, iat: iat - 1 });
    await bench.clock.advance(1_000);
    expect(reasons).toEqual([]);
    await bench.newProcess().keeper.endBy({ iss, ...target, iat });
    await bench.clock.advance(1_000);
    expect(reasons).toEqual(["revoked"]);
  });

  it("tells nothing of other sessions, nor after it was stopped", async () => {
    const seen = await reasonsAfter(
      true,
      (bench) => ends(bench, { sid: "another" }),
      () => "stop",
      ends,
    );
    expect(seen.flat()).toEqual([]);
  });

  it("tells of a session that had ended before", async () => {
    const bench = createKeeperBench();
    const session = bench.request(bench.provider.signIn());
    await bench.answer(bench.keeper.end(session, "signed_out"));
    const reasons: string[] = [];
    bench.keeper.watchEnd(session, (reason) => reasons.push(reason));
    await bench.clock.settle();
    expect(reasons).toEqual(["signed_out"]);
  });
});
