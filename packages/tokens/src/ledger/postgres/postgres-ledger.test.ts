import { Pool, type PoolConfig } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findPostgres, startPostgres, type PostgresServer } from "@coatcheck/testkit/node";
import { describeStoredLedger } from "../../../fixtures/describe-stored-ledger.ts";
import type { Ending, Ledger, RecordAddress } from "../ledger.ts";
import type { PostgresPool } from "./postgres-connection.ts";
import { createPostgresLedger } from "./postgres-ledger.ts";
import { postgresLedgerGrants, postgresLedgerSchema } from "./postgres-schema.ts";

const folder = await findPostgres(process.env["PATH"]);
const isRequired = process.env["CI"] === "true";

it("finds a PostgreSQL, or may do without one since CI isn't true", () => {
  expect(folder !== undefined || !isRequired).toBe(true);
});

function at(key: string, more: Partial<RecordAddress> = {}): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000, ...more };
}

let schemas = 0;
function newSchema(): string {
  schemas += 1;
  return `test_${schemas}`;
}

describe.skipIf(folder === undefined)("PostgreSQL (on the PATH, or Debian's)", () => {
  let server: PostgresServer;
  let admin: Pool;
  const pools: Pool[] = [];
  beforeAll(async () => {
    // What isn't on the disk yet matters in the tests of trouble alone.
    server = await startPostgres(folder ?? "", ["fsync=off"]);
    admin = connect();
  }, 60_000);
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await server?.stop();
  });

  function connect(more: PoolConfig = {}): Pool {
    const pool = new Pool({ connectionString: server.url, max: 4, ...more });
    pool.on("error", () => undefined);
    pools.push(pool);
    return pool;
  }

  describeStoredLedger("postgres, two pools", 100, async () => {
    const schema = newSchema();
    const ledger = await createPostgresLedger({ pool: connect(), schema });
    const other = await createPostgresLedger({ pool: connect(), schema });
    return {
      ledger,
      other,
      damage: async (key) =>
        void (await admin.query(`UPDATE ${schema}.record SET body = '{}' WHERE key = $1`, [key])),
      countSuccessors: async (key) =>
        (await admin.query(`SELECT slot FROM ${schema}.successor WHERE key = $1`, [key])).rows.length,
      async close() {
        await ledger.close();
        await other.close();
      },
    };
  });

  it("takes away all that has outlived its time, of whatever kind, half a minute later at most", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const schema = newSchema();
    const ledger = await createPostgresLedger({ pool: connect(), schema });
    await admin.query(`INSERT INTO ${schema}.tombstone (key, iat, keep_until)
      SELECT 't' || n, 1, 1 FROM generate_series(1, 1200) n`);
    await admin.query(`INSERT INTO ${schema}.ending (body, keep_until)
      SELECT '{}', 1 FROM generate_series(1, 1200) n`);
    await vi.advanceTimersByTimeAsync(30_000);
    vi.useRealTimers();
    const left = `SELECT (SELECT count(*) FROM ${schema}.tombstone) + (SELECT count(*) FROM ${schema}.ending) AS n`;
    await expect
      .poll(async () => (await admin.query<{ n: string }>(left)).rows[0]?.n, { timeout: 15_000 })
      .toBe("0");
    await ledger.close();
  });

  it("makes its tables once, however many processes start at the same moment", async () => {
    const schema = newSchema();
    const ledgers = await Promise.all(
      Array.from({ length: 6 }, () => createPostgresLedger({ pool: connect({ max: 2 }), schema })),
    );
    const claim = { generation: 0, leaseMs: 60_000, mayRepeatAmbiguous: false };
    const answers = await Promise.all(
      ledgers.map((ledger, index) => ledger.claim(at("one"), { ...claim, fence: String(index) })),
    );
    expect(answers.filter(({ kind }) => kind === "led")).toHaveLength(1);
    for (const ledger of ledgers) await ledger.close();
  });

  it("needs no more rights than the printed ones, and names those that it lacks", async () => {
    const schema = newSchema();
    await admin.query("CREATE ROLE least LOGIN");
    const url = server.url.replace("coatcheck@", "least@");
    const pool = connect({ connectionString: url });
    await expect(createPostgresLedger({ pool, schema })).rejects.toMatchObject({
      code: "ledger_misconfigured",
      message: expect.stringContaining("coatcheck ledger-schema"),
    });
    await admin.query(postgresLedgerSchema(schema));
    await expect(createPostgresLedger({ pool, schema })).rejects.toMatchObject({
      code: "ledger_misconfigured",
    });
    await admin.query(postgresLedgerGrants("least", schema));
    await admin.query(`REVOKE DELETE ON ${schema}.ending FROM least`);
    await expect(createPostgresLedger({ pool, schema })).rejects.toMatchObject({
      code: "ledger_misconfigured",
      message: expect.stringContaining(`DELETE on ${schema}.ending`),
    });
    await admin.query(postgresLedgerGrants("least", schema));
    const ledger = await createPostgresLedger({ pool, schema });
    await ledger.probe();
    expect(await ledger.end(at("one"), { generation: 0, reason: "signed_out" })).toMatchObject({
      wasEnded: false,
    });
    await ledger.close();
  });

  it("leaves tables of another version alone", async () => {
    const schema = newSchema();
    await admin.query(postgresLedgerSchema(schema));
    await admin.query(`INSERT INTO ${schema}.ledger_version VALUES (99)`);
    await expect(createPostgresLedger({ pool: connect(), schema })).rejects.toMatchObject({
      code: "ledger_misconfigured",
      message: expect.stringContaining("99"),
    });
  });

  it.each(["", "Coat", "a-b", 'x"; DROP TABLE y', "1a", "a".repeat(60)])(
    "refuses %j as the name of a schema before it asks the database",
    async (schema) => {
      const pool = {
        query: () => Promise.reject(new Error("asked")),
        connect: () => Promise.reject(new Error("asked")),
      };
      await expect(createPostgresLedger({ pool, schema })).rejects.toMatchObject({
        code: "ledger_misconfigured",
      });
    },
  );

  it("is refused at start when it is older than 13", async () => {
    const pool = {
      query: async () => ({ rows: [{ server_version_num: "120022" }] }),
      connect: () => Promise.reject(new Error("not needed")),
    };
    await expect(createPostgresLedger({ pool })).rejects.toMatchObject({ code: "ledger_misconfigured" });
  });

  it.each([
    ["a tombstone", (other: Ledger) => other.entomb({ key: "t", iat: 5, keepMs: 60_000 })],
    ["an end", (other: Ledger) => other.end(at("one"), { generation: 0, reason: "revoked" })],
  ])("makes a step again that %s came between, after its look", async (_what, intrude) => {
    const schema = newSchema();
    const other = await createPostgresLedger({ pool: connect(), schema });
    const pool = connect();
    let intruded = 0;
    const between: PostgresPool = {
      connect: () => pool.connect(),
      async query(config) {
        if (config.text.startsWith("WITH same") && intruded === 0) {
          intruded += 1;
          await intrude(other);
        }
        return pool.query(config);
      },
    };
    const ledger = await createPostgresLedger({ pool: between, schema });
    const place = at("one", { tombstones: ["t"] });
    expect(await ledger.publish(place, { generation: 0, fence: "a", sealed: "s" })).toEqual({
      kind: "ended",
      reason: "revoked",
    });
    expect(intruded).toBe(1);
    await ledger.close();
    await other.close();
  });

  it("misses no ending of a transaction that ends later than one that began after it", async () => {
    const schema = newSchema();
    const ledger = await createPostgresLedger({ pool: connect(), schema });
    const seen: Ending[] = [];
    const watch = ledger.watchEndings((ending) => seen.push(ending));
    await watch.ready;
    const slow = await admin.connect();
    const keepUntil = Date.now() + 60_000;
    const body = JSON.stringify({ kind: "session", key: "slow", reason: "signed_out", keepUntil });
    await slow.query("BEGIN");
    await slow.query(`INSERT INTO ${schema}.ending (body, keep_until) VALUES ($1, $2)`, [body, keepUntil]);
    await ledger.end(at("quick"), { generation: 0, reason: "signed_out" });
    await expect.poll(() => seen.map(({ key }) => key)).toEqual(["quick"]);
    await slow.query("COMMIT");
    slow.release();
    await expect.poll(() => seen.map(({ key }) => key)).toEqual(["quick", "slow"]);
    watch.stop();
    await ledger.close();
  });

  it("hands on more endings than fit into one answer, each once", async () => {
    const schema = newSchema();
    const ledger = await createPostgresLedger({ pool: connect(), schema });
    const keepUntil = Date.now() + 60_000;
    const bodies = Array.from({ length: 1_100 }, (_, index) =>
      JSON.stringify({ kind: "tombstone", key: `t${index}`, iat: 1, keepUntil }),
    );
    await admin.query(
      `INSERT INTO ${schema}.ending (body, keep_until) SELECT body, $2 FROM unnest($1::text[]) AS body`,
      [bodies, keepUntil],
    );
    const seen: string[] = [];
    const watch = ledger.watchEndings(({ key }) => seen.push(key));
    await watch.ready;
    expect(seen).toHaveLength(1_100);
    expect(new Set(seen).size).toBe(1_100);
    watch.stop();
    await ledger.close();
  });

  it("works where each transaction is serializable, and with a pool of one connection", async () => {
    const options = "-c default_transaction_isolation=serializable";
    const schema = newSchema();
    const ledger = await createPostgresLedger({ pool: connect({ max: 4, options }), schema });
    const alone = await createPostgresLedger({ pool: connect({ max: 1, options }), schema });
    const published = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? ledger : alone).publish(at("one"), {
          generation: 0,
          fence: String(index),
          sealed: "s",
        }),
      ),
    );
    expect(published.filter(({ kind }) => kind === "published")).toHaveLength(1);
    await ledger.close();
    await alone.close();
  });
});
