import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedisServer, startRedisServer, findPostgres, startPostgres } from "@coatcheck/testkit/node";
import { Pool } from "pg";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, openKeeper } from "../examples/keep-a-grant.ts";
import { openLedger } from "../examples/open-ledger.ts";
import type { SessionRef } from "./grant/session-ref.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { RefreshCall } from "./refresh/refresh-call.ts";

const MINUTE = 60_000;
const redis = await findRedisServer(process.env["PATH"]);
const postgres = await findPostgres(process.env["PATH"]);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-examples-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Twenty requests of one browser, whose access token has run out, in two processes on one ledger. */
async function spendOnce(open: () => Promise<Ledger>): Promise<{ refreshes: number; used: Set<string> }> {
  let refreshes = 0;
  const refresh: RefreshCall = async ({ refreshToken }) => {
    refreshes += 1;
    const now = Date.now();
    const accessToken = { token: `after ${refreshToken}`, issuedAt: now, expiresAt: now + MINUTE, scope: "" };
    return { kind: "success", accessToken, refreshToken: "second" };
  };
  const session: SessionRef = {
    sid: "a".repeat(22),
    iss: "https://id.example",
    sub: "ada",
    idTokenIat: Math.floor(Date.now() / 1000),
    grant: { refreshToken: "first", generation: 0, accessTokens: {} },
    absoluteDeadline: Date.now() + 60 * MINUTE,
    arrivedAt: Date.now(),
  };
  const used = new Set<string>();
  const ledgers = [await open(), await open()];
  const keepers = await Promise.all(ledgers.map((ledger) => openKeeper(ledger, refresh)));
  const calls = keepers.flatMap((keeper) =>
    Array.from({ length: 10 }, () => answer(keeper, session, async (token) => void used.add(token))),
  );
  await Promise.all(calls);
  await Promise.all(keepers.map((keeper) => keeper.drain()));
  await Promise.all(ledgers.map((ledger) => ledger.close()));
  return { refreshes, used };
}

describe("the examples", () => {
  it("spend a refresh token once, for twenty requests in two keepers on one file", async () => {
    const file = join(folder, "ledger.sqlite");
    const { refreshes, used } = await spendOnce(() => openLedger({ file }));
    expect(refreshes).toBe(1);
    expect([...used]).toEqual(["after first"]);
  });

  it.skipIf(redis === undefined)("do the same on one Redis", async () => {
    const server = await startRedisServer(redis ?? "");
    const client = createClient({ url: server.url });
    await client.connect();
    const { refreshes } = await spendOnce(() => openLedger({ client }));
    expect(refreshes).toBe(1);
    client.destroy();
    await server.stop();
  });

  it.skipIf(postgres === undefined)("do the same on one PostgreSQL", async () => {
    const server = await startPostgres(postgres ?? "");
    const pool = new Pool({ connectionString: server.url });
    // Its connections may still be ending while the server stops.
    pool.on("error", () => undefined);
    const { refreshes } = await spendOnce(() => openLedger({ pool }));
    expect(refreshes).toBe(1);
    await pool.end();
    await server.stop();
  });
});
