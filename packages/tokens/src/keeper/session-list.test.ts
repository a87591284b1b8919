import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { SessionList } from "./session-list.ts";
import type { TokenKeeper } from "./token-keeper.ts";

const IDLE_MS = 1_800_000;
const ADA = { iss: "https://id.example", sub: "ada" };

function createBench(options: Parameters<typeof createKeeperBench>[0] = {}): KeeperBench {
  return createKeeperBench({ outlivesProcess: true, ...options });
}

function listOf({ sessionList }: TokenKeeper): SessionList {
  if (sessionList === undefined) throw new Error("there is no list");
  return sessionList;
}

function seen(bench: KeeperBench, sid: string, more: Partial<SessionRef> = {}) {
  const session = bench.request(bench.provider.signIn(), { sid, ...more });
  const now = bench.clock.nowMs();
  return { session, signedInAt: now, usedAt: now, labels: { browser: sid } };
}

async function browsersOf(keeper: TokenKeeper, person = ADA): Promise<readonly string[]> {
  const listed = await listOf(keeper).list(person);
  return listed.kind === "listed" ? listed.sessions.map(({ labels }) => labels["browser"] ?? "") : [];
}

async function idOf(keeper: TokenKeeper, browser: string, person = ADA): Promise<string> {
  const listed = await listOf(keeper).list(person);
  const sessions = listed.kind === "listed" ? listed.sessions : [];
  return sessions.find(({ labels }) => labels["browser"] === browser)?.id ?? "none";
}

describe("the list of a person's sessions", () => {
  it("has those that any process noted, and none of the same name at another provider", async () => {
    const bench = createBench();
    const other = bench.newProcess();
    const stranger = { iss: "https://other.example", sub: "ada" };
    await listOf(bench.keeper).note(seen(bench, "laptop"));
    await bench.clock.advance(1_000);
    await listOf(other.keeper).note(seen(bench, "phone"));
    await listOf(other.keeper).note(seen(bench, "elsewhere", stranger));
    expect(await browsersOf(bench.keeper)).toEqual(["phone", "laptop"]);
    expect(await browsersOf(bench.keeper, stranger)).toEqual(["elsewhere"]);
    expect(await browsersOf(bench.keeper, { ...ADA, sub: "ines" })).toEqual([]);
  });

  it("leaves out what has ended, however it did", async () => {
    const bench = createBench();
    const [out, entombed, living] = [
      seen(bench, "out"),
      seen(bench, "entombed", { idpSid: "there" }),
      seen(bench, "living"),
    ];
    for (const each of [out, entombed, living]) await listOf(bench.keeper).note(each);
    await bench.keeper.end(out.session, "signed_out");
    await bench
      .newProcess()
      .keeper.endBy({ iss: ADA.iss, idpSid: "there", iat: entombed.session.idTokenIat });
    expect(await browsersOf(bench.keeper)).toEqual(["living"]);
    await listOf(bench.keeper).forget(living.session);
    expect(await browsersOf(bench.keeper)).toEqual([]);
  });

  it("leaves out what is idle, and keeps what its own record knows to be in use", async () => {
    const bench = createBench();
    const [idle, used] = [seen(bench, "idle"), seen(bench, "used")];
    for (const each of [idle, used]) await listOf(bench.keeper).note(each);
    for (let minute = 0; minute < 40; minute += 5) {
      await bench.clock.advance(300_000);
      const touchedAt = bench.clock.nowMs();
      const { grant } = used.session;
      await bench.keeper
        .open({ ...used.session, arrivedAt: touchedAt })
        .close({ known: grant, willWrite: true, touchedAt });
      await listOf(bench.keeper).note({ ...used, usedAt: touchedAt });
    }
    const listed = await listOf(bench.keeper).list(ADA);
    expect(listed).toMatchObject({
      kind: "listed",
      sessions: [{ labels: { browser: "used" }, usedAt: bench.clock.nowMs() }],
    });
  });

  it("writes once in half an idle time for a session in use, whatever the number of its calls", async () => {
    const bench = createBench();
    const noted = seen(bench, "laptop");
    for (let call = 0; call < 100; call += 1) {
      await listOf(bench.keeper).note({ ...noted, usedAt: bench.clock.nowMs() });
      await bench.clock.advance(IDLE_MS / 100);
    }
    expect(bench.ledger.calls.get("indexSession")).toBe(2);
  });

  it("tries again at the next use what the store didn't take", async () => {
    const bench = createBench();
    bench.ledger.trouble = "down";
    await listOf(bench.keeper).note(seen(bench, "laptop"));
    bench.ledger.trouble = "none";
    await bench.clock.advance(20_000);
    await listOf(bench.keeper).note(seen(bench, "laptop"));
    expect(await browsersOf(bench.keeper)).toEqual(["laptop"]);
  });

  it("isn't there where the ledger dies with its process, whose list would leave others out", () => {
    expect(createKeeperBench().keeper.sessionList).toBeUndefined();
  });

  it("says that the store is out of reach instead of that nobody is signed in", async () => {
    const bench = createBench();
    bench.ledger.trouble = "down";
    const list = listOf(bench.keeper);
    const unavailable = { kind: "unavailable", code: "ledger_unavailable", retryAfterSeconds: 5 };
    expect(await bench.answer(list.list(ADA))).toEqual(unavailable);
    expect(await bench.answer(list.end(ADA, "any"))).toEqual(unavailable);
    expect(await bench.answer(list.endAll(ADA, 0))).toEqual(unavailable);
  });
});

describe("ending a listed session", () => {
  it("ends that one in every process, and no other; a second time changes nothing", async () => {
    const bench = createBench();
    const other = bench.newProcess();
    const [laptop, phone] = [seen(bench, "laptop"), seen(bench, "phone")];
    for (const each of [laptop, phone]) await listOf(bench.keeper).note(each);
    const id = await idOf(bench.keeper, "phone");
    expect(await listOf(bench.keeper).end(ADA, id)).toEqual({ kind: "ended", isNew: true });
    expect(await other.keeper.isEnded(phone.session)).toBe("revoked");
    expect(await other.keeper.isEnded(laptop.session)).toBeUndefined();
    expect(await browsersOf(other.keeper)).toEqual(["laptop"]);
    expect(await listOf(other.keeper).end(ADA, id)).toEqual({ kind: "ended", isNew: false });
    expect(bench.events).toContainEqual({ kind: "session_ended", session: id, reason: "revoked" });
  });

  it("isn't possible for anybody else, also not for the same name at another provider", async () => {
    const bench = createBench();
    const phone = seen(bench, "phone");
    await listOf(bench.keeper).note(phone);
    const id = await idOf(bench.keeper, "phone");
    for (const person of [
      { ...ADA, sub: "ines" },
      { ...ADA, iss: "https://other.example" },
    ]) {
      expect(await listOf(bench.keeper).end(person, id)).toEqual({ kind: "ended", isNew: false });
      await listOf(bench.keeper).endAll(person, phone.session.idTokenIat);
    }
    expect(await bench.keeper.isEnded(phone.session)).toBeUndefined();
  });
});

describe("ending all of them", () => {
  it("ends noted and unnoted ones by the provider's clock, and not the next sign-in", async () => {
    const bench = createBench();
    const other = bench.newProcess();
    const noted = seen(bench, "noted", { idTokenIat: 2_000 });
    const unnoted = seen(bench, "unnoted", { idTokenIat: 1_500 });
    const next = seen(bench, "next", { idTokenIat: 2_001 });
    await listOf(bench.keeper).note(noted);
    expect(await listOf(bench.keeper).endAll(ADA, 1_000)).toEqual({ kind: "ended" });
    expect(await other.keeper.isEnded(noted.session)).toBe("revoked");
    expect(await other.keeper.isEnded(unnoted.session)).toBe("revoked");
    expect(await other.keeper.isEnded(next.session)).toBeUndefined();
    expect(await browsersOf(other.keeper)).toEqual([]);
  });
});
