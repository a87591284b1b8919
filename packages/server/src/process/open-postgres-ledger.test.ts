import { randomBytes } from "node:crypto";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import {
  freePort,
  findPostgres,
  listenOnLoopback,
  startPostgres,
  type ListeningServer,
  type PostgresServer,
} from "@coatcheck/testkit/node";
import { Client, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServerConfig } from "../environment/config-file.ts";
import { examine } from "../doctor/examine.ts";
import { settingsOf } from "../environment/good-environment.fixture.ts";
import { openLedger } from "./open-ledger.ts";
import { startServer } from "./start-server.ts";

const folder = await findPostgres(process.env["PATH"]);

/** As whom the testkit runs PostgreSQL, which refuses to run as root. */
const POSTGRES_UID = 65_534;

describe.skipIf(folder === undefined)("a server with its ledger in PostgreSQL", () => {
  let postgres: PostgresServer;
  let home: string;
  /** Speaks something else. */
  let stranger: ListeningServer;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "coatcheck-server-"));
    await chmod(home, 0o755);
    await writeFile(join(home, "index.html"), "<!doctype html><title>Coats</title>");
    const made = await createSelfSignedCertificate({ commonName: "store", dnsNames: ["store.example"] });
    await writeFile(join(home, "server.crt"), made.cert);
    await writeFile(join(home, "server.key"), made.key, { mode: 0o600 });
    if (process.getuid?.() === 0) await chown(join(home, "server.key"), POSTGRES_UID, POSTGRES_UID);
    const admitted = ["host all keeper all scram-sha-256", "host all all all trust"];
    await writeFile(join(home, "pg_hba.conf"), admitted.join("\n"));
    postgres = await startPostgres(folder ?? "", [
      "ssl=on",
      `ssl_cert_file=${join(home, "server.crt")}`,
      `ssl_key_file=${join(home, "server.key")}`,
      `hba_file=${join(home, "pg_hba.conf")}`,
    ]);
    const pool = new Pool({ connectionString: postgres.url });
    await pool.query(
      "CREATE ROLE keeper LOGIN PASSWORD 'ticket'; CREATE ROLE crowded LOGIN CONNECTION LIMIT 0",
    );
    await pool.end();
    stranger = await listenOnLoopback(createServer((socket) => socket.end("SSH-2.0-stranger\r\n")));
  }, 60_000);
  afterAll(async () => {
    await stranger?.close();
    await postgres?.stop();
    await rm(home, { recursive: true });
  });

  it("says when the database is gone, and is ready again by itself", async () => {
    const port = await freePort();
    const config: ServerConfig = {
      publicOrigin: `http://localhost:${port}`,
      cookieKeys: [randomBytes(32).toString("base64url")],
      provider: {
        issuer: "http://127.0.0.1:9",
        clientId: "app",
        clientSecret: randomBytes(16).toString("base64url"),
      },
      routes: [],
      dangerouslyAllowHttp: "loopback",
      server: { port, instances: 2, webRoot: home, ledgerPostgresUrl: postgres.url },
    };
    const events: string[] = [];
    const server = await startServer(config, { log: ({ event }) => void events.push(event) });
    const readiness = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
    expect(await readiness()).toBe(200);
    await postgres.restart("SIGKILL", async () => {
      await expect.poll(readiness, { timeout: 15_000 }).toBe(503);
    });
    await expect.poll(readiness, { timeout: 15_000 }).toBe(200);
    await expect.poll(() => events).toContain("ledger_connection_back");
    expect(events.filter((event) => event === "ledger_connection_lost")).toHaveLength(1);
    await server.close();
  }, 60_000);

  it.each<readonly [string, "SIGINT" | "SIGKILL", number]>([
    ["all connections are in use, and the database crashes", "SIGKILL", 12],
    ["all connections are in use, and the database is ended", "SIGINT", 12],
    ["one is in use, and the others rest", "SIGKILL", 1],
  ])(
    "says so once where %s",
    async (_, signal, calls) => {
      const events: string[] = [];
      const settings = settingsOf({ LEDGER_POSTGRES_URL: postgres.url });
      const { ledger } = await openLedger(settings, ({ event }) => void events.push(event));
      await Promise.all(Array.from({ length: 12 }, async () => ledger.probe()));
      const admin = new Client({ connectionString: postgres.url });
      admin.on("error", () => undefined);
      await admin.connect();
      await admin.query("begin; lock table coatcheck.record, coatcheck.tombstone in access exclusive mode");
      const waiting = Array.from({ length: calls }, async () => ledger.stats());
      const waitingCalls = async (): Promise<unknown> => {
        const { rows } = await admin.query<{ calls: number }>(
          "select count(*)::int as calls from pg_locks where not granted",
        );
        return rows[0]?.calls;
      };
      await expect.poll(waitingCalls).toBeGreaterThanOrEqual(Math.min(calls, 9));
      const settled = Promise.allSettled(waiting);
      await postgres.restart(signal);
      await settled;
      const probe = async (): Promise<string> => ledger.probe().then(() => "well", String);
      await expect.poll(probe, { timeout: 15_000 }).toBe("well");
      expect(events).toEqual(["ledger_opened", "ledger_connection_lost", "ledger_connection_back"]);
      await ledger.close();
    },
    60_000,
  );

  it("is examined by doctor, which says what is wrong", async () => {
    const healthy = settingsOf({ LEDGER_POSTGRES_URL: postgres.url });
    const about = async (settings: typeof healthy) =>
      (await examine(settings)).filter((finding) => finding.about === "ledger");
    expect(await about(healthy)).toEqual([]);
    const nobody = `postgres://coatcheck@127.0.0.1:${await freePort()}/postgres`;
    expect(await about(settingsOf({ LEDGER_POSTGRES_URL: nobody }))).toEqual([
      { about: "ledger", problem: expect.stringContaining("LEDGER_POSTGRES_URL"), fix: expect.any(String) },
    ]);
  }, 60_000);

  it.each<readonly [string, (url: URL) => void, RegExp]>([
    [
      "a port where nothing listens",
      (url) => (url.port = "9"),
      /nothing listens at 127\.0\.0\.1:9.*start it/u,
    ],
    [
      "a name that nobody knows",
      (url) => (url.hostname = "store.invalid"),
      /no address is known for store\.invalid/u,
    ],
    [
      "another protocol at its port",
      (url) => (url.port = String(stranger.port)),
      /no answer that it could give came from 127\.0\.0\.1:\d+.*firewalls/u,
    ],
    ["a role that nobody made", (url) => (url.username = "stranger"), /refuses its role or its password/u],
    ["a wrong password", (url) => (url.password = "hidden-word"), /refuses its role or its password/u],
    ["no password", (url) => (url.password = ""), /its URL holds none.*LEDGER_POSTGRES_URL_FILE/u],
    ["a database that nobody made", (url) => (url.pathname = "/coats"), /has no database coats.*create it/u],
    [
      "a role that has all its connections",
      (url) => {
        url.username = "crowded";
        url.password = "";
      },
      /no connection left.*max_connections/u,
    ],
    [
      "an authority that isn't known",
      (url) => url.searchParams.set("sslmode", "verify-full"),
      /an authority that isn't known here.*sslrootcert=FILE/u,
    ],
    [
      "a certificate for another name",
      (url) => {
        url.searchParams.set("sslmode", "verify-full");
        url.searchParams.set("sslrootcert", join(home, "server.crt"));
      },
      /a certificate that isn't for 127\.0\.0\.1/u,
    ],
  ])("is told apart by doctor: %s", async (_, change, words) => {
    const url = new URL(postgres.url);
    url.username = "keeper";
    url.password = "ticket";
    change(url);
    const settings = settingsOf({ LEDGER_POSTGRES_URL: url.href });
    const findings = (await examine(settings)).filter((finding) => finding.about === "ledger");
    expect(findings.map(({ problem, fix }) => `${problem} ${fix}`.toLowerCase())).toEqual([
      expect.stringMatching(new RegExp(words.source, "iu")),
    ]);
    expect(JSON.stringify(findings)).not.toContain("hidden-word");
  });

  it("opens connections with another user when its password file says so, and leaves the ones that are open", async () => {
    const settings = settingsOf({ LEDGER_POSTGRES_URL: postgres.url });
    const { ledger, renew } = await openLedger(settings, () => undefined);
    const admin = new Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query("create role next_user login superuser");
    const users = async (): Promise<readonly unknown[]> => {
      const { rows } = await admin.query<{ usename: string }>(
        "select distinct usename from pg_stat_activity where application_name = 'coatcheck'",
      );
      return rows.map(({ usename }) => usename);
    };
    const before = await users();
    const url = new URL(postgres.url);
    url.username = "next_user";
    renew?.({ ledgerPostgresUrl: url.href });
    await ledger.probe();
    expect(await users()).toEqual(expect.arrayContaining([...before]));
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'coatcheck'",
    );
    await expect
      .poll(async () => ledger.probe().then(users, () => []), { timeout: 15_000 })
      .toEqual(["next_user"]);
    await ledger.close();
    await admin.end();
  }, 60_000);

  it("opens what LEDGER_POSTGRES_URL names, and keeps nothing of its password in a failure", async () => {
    const opened = await openLedger(settingsOf({ LEDGER_POSTGRES_URL: postgres.url }), () => undefined);
    await opened.ledger.probe();
    await opened.ledger.close();
    const settings = settingsOf({ LEDGER_POSTGRES_URL: "postgres://coatcheck:hidden-word@127.0.0.1:9/x" });
    const failure: unknown = await openLedger(settings, () => undefined).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ledger_unusable" });
    expect(String(failure)).not.toContain("hidden-word");
  });
});
