import { connect as connectSocket, createServer } from "node:net";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findPostgres, listenOnLoopback, startPostgres, type PostgresServer } from "@coatcheck/testkit/node";
import { codeOf } from "../../../fixtures/code-of.ts";
import type { Ledger, RecordAddress } from "../ledger.ts";
import { createPostgresLedger } from "./postgres-ledger.ts";

const folder = await findPostgres(process.env["PATH"]);
const FENCED = { generation: 0, fence: "a" };

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}

/** A way to the database that can be cut while an answer is on it. */
async function startWire(
  to: number,
): Promise<{ port: number; cutAnswers: () => void; mend: () => void; close: () => Promise<void> }> {
  let isCut = false;
  const wire = createServer((near) => {
    const far = connectSocket(to, "127.0.0.1");
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (bytes) => {
      // What was asked has been done; its answer is lost.
      if (isCut) near.destroy();
      else near.write(bytes);
    });
  });
  const { port, close } = await listenOnLoopback(wire);
  return {
    port,
    cutAnswers: () => void (isCut = true),
    mend: () => void (isCut = false),
    close,
  };
}

describe.skipIf(folder === undefined)("a PostgreSQL in trouble", () => {
  let server: PostgresServer;
  let pool: Pool;
  let admin: Pool;
  let ledger: Ledger;
  let schema: string;
  let schemas = 0;

  function connect(url: string): Pool {
    const made = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 2_000 });
    made.on("error", () => undefined);
    return made;
  }

  beforeAll(async () => {
    server = await startPostgres(folder ?? "");
  }, 60_000);
  afterAll(async () => server?.stop());
  beforeEach(async () => {
    pool = connect(server.url);
    admin = connect(server.url);
    schemas += 1;
    schema = `trouble_${schemas}`;
    ledger = await createPostgresLedger({ pool, schema });
  });
  afterEach(async () => {
    await ledger.close();
    await Promise.all([pool.end(), admin.end()]);
  });

  it.each(["SIGINT", "SIGKILL"] as const)(
    "keeps what it acknowledged when it is ended by %s, and is used again by itself",
    async (signal) => {
      const health: boolean[] = [];
      const watch = ledger.watchEndings(
        () => undefined,
        (isUp) => health.push(isUp),
      );
      await watch.ready;
      await ledger.publish(at("kept"), { ...FENCED, sealed: "s" });
      await server.restart(signal, async () => {
        await expect.poll(() => health, { timeout: 15_000 }).toContain(false);
      });
      await expect
        .poll(() => ledger.read(at("kept"), 0).catch(() => undefined), { timeout: 15_000 })
        .toEqual({ highestSpent: 0, successors: { 0: "s" } });
      await expect.poll(() => health.at(-1), { timeout: 15_000 }).toBe(true);
      expect(await codeOf(ledger.probe())).toBe("none");
    },
    60_000,
  );

  it("keeps no caller for longer than 5 s while it is frozen, and works on when it thaws", async () => {
    server.freeze();
    const codes = await Promise.all([
      codeOf(ledger.read(at("frozen"), 0)),
      codeOf(ledger.probe()),
      codeOf(ledger.publish(at("frozen"), { ...FENCED, sealed: "s" })),
      // More than there are connections.
      ...Array.from({ length: 6 }, (_, index) => codeOf(ledger.read(at(`frozen-${index}`), 0))),
    ]);
    expect(codes).toEqual(codes.map(() => "ledger_unreachable"));
    server.thaw();
    await expect.poll(() => codeOf(ledger.probe()), { timeout: 15_000 }).toBe("none");
  }, 60_000);

  it("a connection that is lost in a step leaves the step done or not done, and it can be repeated", async () => {
    const { port } = new URL(server.url);
    const wire = await startWire(Number(port));
    const cutPool = connect(server.url.replace(`:${port}`, `:${wire.port}`));
    const cut = await createPostgresLedger({ pool: cutPool, schema });
    expect(await codeOf(cut.publish(at("before"), { ...FENCED, sealed: "s" }))).toBe("none");
    wire.cutAnswers();
    expect(await codeOf(cut.publish(at("lost"), { ...FENCED, sealed: "s" }))).toBe("ledger_unreachable");
    // Held up, so that the commit is what the connection is lost in.
    wire.mend();
    const blocker = await admin.connect();
    await blocker.query("BEGIN");
    await blocker.query(`LOCK TABLE ${schema}.record IN SHARE MODE`);
    const publishing = codeOf(cut.publish(at("held"), { ...FENCED, sealed: "held" }));
    await expect
      .poll(async () => (await admin.query("SELECT 1 FROM pg_locks WHERE NOT granted")).rows.length)
      .toBeGreaterThan(0);
    wire.cutAnswers();
    await blocker.query("COMMIT");
    blocker.release();
    expect(await publishing).toBe("ledger_unreachable");
    wire.mend();
    // Done, and its answer lost: the repetition is told so.
    expect(await ledger.read(at("held"), 0)).toEqual({ highestSpent: 0, successors: { 0: "held" } });
    expect(await cut.publish(at("held"), { ...FENCED, sealed: "held" })).toEqual({ kind: "published" });
    expect(await cut.publish(at("lost"), { ...FENCED, sealed: "s" })).toEqual({ kind: "published" });
    await cut.close();
    await wire.close();
    await cutPool.end();
  }, 60_000);

  it("read-only, as a replica after a failover: reads go on, and neither a probe nor a success is taken", async () => {
    await ledger.publish(at("known"), { ...FENCED, sealed: "s" });
    await admin.query("ALTER SYSTEM SET default_transaction_read_only = on");
    await admin.query("SELECT pg_reload_conf()");
    await expect.poll(() => codeOf(ledger.probe())).toBe("ledger_unreachable");
    expect(await codeOf(ledger.read(at("known"), 0))).toBe("none");
    expect(await codeOf(ledger.publish(at("new"), { ...FENCED, sealed: "s" }))).toBe("ledger_unreachable");
    await admin.query("ALTER SYSTEM RESET default_transaction_read_only");
    await admin.query("SELECT pg_reload_conf()");
    await expect.poll(() => codeOf(ledger.probe())).toBe("none");
    expect(await ledger.publish(at("new"), { ...FENCED, sealed: "s" })).toEqual({ kind: "published" });
  }, 60_000);

  it("full: reads go on, and no success is taken until there is room again", async () => {
    await ledger.publish(at("known"), { ...FENCED, sealed: "s" });
    await admin.query(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
    for (const table of ["record", "successor"])
      await admin.query(
        `CREATE TRIGGER full_ BEFORE INSERT OR UPDATE ON ${schema}.${table} EXECUTE FUNCTION no_room()`,
      );
    expect(await codeOf(ledger.probe())).toBe("ledger_unreachable");
    expect(await codeOf(ledger.publish(at("new"), { ...FENCED, sealed: "s" }))).toBe("ledger_unreachable");
    expect(await codeOf(ledger.read(at("known"), 0))).toBe("none");
    for (const table of ["record", "successor"])
      await admin.query(`DROP TRIGGER full_ ON ${schema}.${table}`);
    expect(await codeOf(ledger.probe())).toBe("none");
    // All or nothing: what was refused has left no part of itself.
    expect(await ledger.read(at("new"), 0)).toEqual({ highestSpent: -1, successors: {} });
  }, 60_000);

  it("without a free connection it is down for who asks, and for nobody longer than 5 s", async () => {
    const held = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
    expect(await codeOf(ledger.probe())).toBe("ledger_unreachable");
    for (const client of held) client.release();
    await expect.poll(() => codeOf(ledger.probe()), { timeout: 15_000 }).toBe("none");
  }, 60_000);
});
