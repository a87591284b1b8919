import type { SessionRef } from "../../grant/session-ref.ts";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeStoredLedger } from "../../../fixtures/describe-stored-ledger.ts";
import type { FromKeeperProcess, ToKeeperProcess } from "../../../fixtures/keeper-process.ts";
import type { Grant } from "../../grant/grant.ts";
import type { RecordAddress } from "../ledger.ts";
import type { FreshOutcome } from "../../keeper/token-keeper.ts";
import { createSqliteLedger } from "./sqlite-ledger.ts";

describeStoredLedger("sqlite, two handles on one file", 30, async () => {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-ledger-"));
  const file = join(folder, "ledger.db");
  const ledger = createSqliteLedger({ file });
  const other = createSqliteLedger({ file });
  return {
    ledger,
    other,
    async damage(key) {
      const database = new DatabaseSync(file);
      database.prepare("UPDATE record SET body = '{}' WHERE key = ?").run(key);
      database.close();
    },
    async countSuccessors(key) {
      const database = new DatabaseSync(file);
      const row = database.prepare("SELECT count(*) AS n FROM successor WHERE key = ?").get(key);
      database.close();
      return Number(row?.["n"]);
    },
    async close() {
      await ledger.close();
      await other.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe("a SQLite ledger", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "coatcheck-ledger-"));
    file = join(folder, "ledger.db");
  });
  afterEach(async () => rm(folder, { recursive: true }));

  it("keeps what it knows over a restart, ends included", async () => {
    const before = createSqliteLedger({ file });
    await before.publish(at("live"), { generation: 0, fence: "a", sealed: "sealed-0" });
    await before.end(at("ended"), { generation: 0, reason: "signed_out" });
    await before.close();
    const after = createSqliteLedger({ file });
    expect(await after.read(at("live"), 0)).toEqual({ highestSpent: 0, successors: { 0: "sealed-0" } });
    const keys: string[] = [];
    await after.watchEndings(({ key }) => keys.push(key)).ready;
    expect(keys).toEqual(["ended"]);
    await after.close();
  });

  it("can be read by its owner only", async () => {
    const ledger = createSqliteLedger({ file });
    await ledger.publish(at("a"), { generation: 0, fence: "a", sealed: "s" });
    for (const name of [file, `${file}-wal`, `${file}-shm`]) {
      expect((await stat(name)).mode & 0o077).toBe(0);
    }
    await ledger.close();
  });

  it("refuses a file of a newer version, and one that isn't its own", async () => {
    await createSqliteLedger({ file }).close();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => createSqliteLedger({ file })).toThrow(
      expect.objectContaining({ code: "ledger_misconfigured" }),
    );
    const text = join(folder, "notes.txt");
    await writeFile(text, "certainly not a database, but long enough to look at".repeat(100));
    expect(() => createSqliteLedger({ file: text })).toThrow(
      expect.objectContaining({ code: "ledger_misconfigured" }),
    );
    expect(await readFile(text, "utf8")).toContain("certainly");
    expect(() => createSqliteLedger({ file: join(folder, "no", "such", "folder") })).toThrow(
      expect.objectContaining({ code: "ledger_misconfigured" }),
    );
  });

  it("keeps no caller for longer than 5 s while another holds the file, without blocking, and works on", async () => {
    const ledger = createSqliteLedger({ file });
    const holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 20);
    const failure = await ledger
      .end(at("a"), { generation: 0, reason: "signed_out" })
      .catch((error: unknown) => error);
    clearInterval(ticking);
    expect(failure).toMatchObject({ code: "ledger_unreachable" });
    expect(ticks).toBeGreaterThan(50);
    expect(await ledger.read(at("a"), 0)).toEqual({ highestSpent: -1, successors: {} });
    holder.exec("ROLLBACK");
    expect(await ledger.end(at("a"), { generation: 0, reason: "signed_out" })).toMatchObject({
      wasEnded: false,
    });
    holder.close();
    await ledger.close();
  });

  it("forgets records and tombstones when their time is over, and shrinks no lease by it", async () => {
    const clock = { now: 1_000_000 };
    const ledger = createSqliteLedger({ file, nowMs: () => clock.now });
    for (const key of ["a", "b"]) {
      await ledger.publish(at(key), { generation: 0, fence: "a", sealed: "s" });
    }
    await ledger.entomb({ key: "t", iat: 1, keepMs: 10_000 });
    expect(await ledger.stats()).toEqual({ records: 2, tombstones: 1 });
    clock.now += 60_000 + 61_000;
    expect(await ledger.stats()).toEqual({ records: 0, tombstones: 0 });
    expect(await ledger.claim(at("a"), { ...CLAIM, fence: "b" })).toMatchObject({ kind: "led" });
    await ledger.close();
  });
});

describe("several processes on one SQLite file", () => {
  let folder: string;
  let children: ChildProcess[];
  const startMs = Date.now();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "coatcheck-ledger-"));
    children = [];
  });
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true });
  });

  /** A provider in this process, strict or not, for processes that ask over their channel. */
  function createProvider(options: { readonly rotates: boolean }) {
    let current = "rt-0";
    const provider = {
      calls: 0,
      reuseDetected: 0,
      answer(refreshToken: string) {
        provider.calls += 1;
        if (refreshToken !== current) {
          provider.reuseDetected += 1;
          return { kind: "terminal", reason: "invalid_grant" } as const;
        }
        if (options.rotates) current = `rt-${provider.calls}`;
        const issuedAt = Date.now();
        const accessToken = {
          token: `at-${provider.calls}`,
          issuedAt,
          expiresAt: issuedAt + 3_600_000,
          scope: "",
        };
        return { kind: "success", accessToken, refreshToken: current } as const;
      },
    };
    return provider;
  }

  async function startKeeper(
    provider: ReturnType<typeof createProvider>,
    onRefresh: (child: ChildProcess) => boolean = () => true,
    speed = 1,
  ) {
    const child = fork(new URL("../../../fixtures/keeper-process.ts", import.meta.url), {
      // The test runner's own flags are none of its business.
      execArgv: [],
    });
    children.push(child);
    const asked = new Map<number, (outcome: FreshOutcome) => void>();
    const send = (message: ToKeeperProcess): void => void child.send(message);
    const isReady = new Promise<void>((resolve) => {
      child.on("message", (message: FromKeeperProcess) => {
        if (message.kind === "ready") resolve();
        if (message.kind === "asked") asked.get(message.id)?.(message.outcome);
        if (message.kind !== "refresh") return;
        const answer = provider.answer(message.refreshToken);
        if (onRefresh(child)) send({ kind: "answer", id: message.id, answer });
      });
    });
    send({ kind: "start", file: join(folder, "ledger.db"), speed, startMs });
    await isReady;
    return {
      ask: (session: SessionRef): Promise<FreshOutcome> =>
        new Promise((resolve) => {
          const id = asked.size;
          asked.set(id, resolve);
          send({ kind: "ask", id, session });
        }),
    };
  }

  function request(grant: Grant): SessionRef {
    const arrivedAt = Date.now();
    return {
      sid: "a-session",
      iss: "https://id.example",
      sub: "ada",
      idTokenIat: 1,
      absoluteDeadline: arrivedAt + 3_600_000,
      arrivedAt,
      grant,
    };
  }

  const expiredToken = { token: "at-0", issuedAt: 0, expiresAt: 1, scope: "" };

  it("S-084: spend a rotating refresh token once a round, and all calls succeed", async () => {
    const provider = createProvider({ rotates: true });
    const keepers = [await startKeeper(provider), await startKeeper(provider), await startKeeper(provider)];
    let grant: Grant = { refreshToken: "rt-0", generation: 0, accessTokens: { "": expiredToken } };
    for (let round = 1; round <= 10; round += 1) {
      const session = request(grant);
      const outcomes = await Promise.all(
        Array.from({ length: 18 }, (_, index) => keepers[index % keepers.length]?.ask(session)),
      );
      const grants = outcomes.map((outcome) => (outcome?.kind === "fresh" ? outcome.grant : undefined));
      expect(new Set(grants.map((found) => found?.generation))).toEqual(new Set([round]));
      expect(provider.calls).toBe(round);
      grant = { ...(grants[0] ?? grant), accessTokens: { "": expiredToken } };
    }
    expect(provider.reuseDetected).toBe(0);
  });

  it("go on after one of them is killed while it leads", async () => {
    const provider = createProvider({ rotates: false });
    const speed = 4;
    const doomed = await startKeeper(
      provider,
      (child) => {
        child.kill("SIGKILL");
        return false;
      },
      speed,
    );
    const other = await startKeeper(provider, () => true, speed);
    const session = request({ refreshToken: "rt-0", generation: 0, accessTokens: { "": expiredToken } });
    void doomed.ask(session);
    await expect.poll(() => provider.calls, { timeout: 15_000 }).toBe(1);
    await expect
      .poll(() => other.ask(session), { timeout: 15_000 })
      .toMatchObject({ kind: "fresh", how: "led", accessToken: "at-2" });
  });
});

const CLAIM = { generation: 0, leaseMs: 60_000, mayRepeatAmbiguous: false };

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}
