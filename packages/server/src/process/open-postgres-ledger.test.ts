import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, findPostgres, startPostgres, type PostgresServer } from "@coatcheck/testkit/node";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServerConfig } from "../environment/config-file.ts";
import { examine } from "../doctor/examine.ts";
import { settingsOf } from "../environment/good-environment.fixture.ts";
import { openLedger } from "./open-ledger.ts";
import { startServer } from "./start-server.ts";

const folder = await findPostgres(process.env["PATH"]);

describe.skipIf(folder === undefined)("a server with its ledger in PostgreSQL", () => {
  let postgres: PostgresServer;
  let home: string;
  beforeAll(async () => {
    postgres = await startPostgres(folder ?? "");
    home = await mkdtemp(join(tmpdir(), "coatcheck-server-"));
    await writeFile(join(home, "index.html"), "<!doctype html><title>Coats</title>");
  }, 60_000);
  afterAll(async () => {
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
