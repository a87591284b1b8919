import { TokensError } from "@coatcheck/tokens";
import { createRedisLedger } from "@coatcheck/tokens/redis";
import { createRedisRateLimit } from "@coatcheck/bff/redis";
import { createClient } from "redis";
import { revealSecret, type Secret } from "@coatcheck/bff/config";
import { ServerError } from "../server-error.ts";
import { createConnectionReports } from "./connection-reports.ts";
import type { Shared } from "./open-ledger.ts";
import type { WriteLog } from "./write-log.ts";

const CONNECT_WITHIN_MS = 5_000;
const MAX_RECONNECT_PAUSE_MS = 1_000;
const FIRST_RECONNECT_PAUSE_MS = 50;

/**
 * Opens the ledger in Redis, with a connection that comes back by itself.
 *
 * @throws {ServerError} `ledger_unusable`: not reachable now, too old, or it may evict what it must keep
 */
export async function openRedisLedger(url: string | Secret, log: WriteLog): Promise<Required<Shared>> {
  let newest = url;
  const client = createClient({
    url: withoutCredentials(url),
    credentialsProvider: {
      type: "async-credentials-provider",
      credentials: () => Promise.resolve(credentialsOf(newest)),
    },
    // A command that was queued through an outage would take a claim for a request that was answered long ago.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      reconnectStrategy: (retries) =>
        Math.min(MAX_RECONNECT_PAUSE_MS, FIRST_RECONNECT_PAUSE_MS * 2 ** Math.min(retries, 6)),
    },
  });
  const reports = createConnectionReports(log);
  client.on("error", reports.lost);
  client.on("ready", reports.back);

  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer")), CONNECT_WITHIN_MS);
  try {
    await Promise.race([client.connect(), late.promise]);
    const ledger = await createRedisLedger({ client });
    return {
      ledger: {
        ...ledger,
        async close() {
          await ledger.close();
          if (client.isOpen) client.destroy();
        },
      },
      rateLimit: createRedisRateLimit(client, { monotonicMs: () => performance.now() }),
      renew({ ledgerRedisUrl = newest }) {
        newest = ledgerRedisUrl;
      },
    };
  } catch (cause) {
    if (client.isOpen) client.destroy();
    const isMisconfigured = cause instanceof TokensError && cause.code === "ledger_misconfigured";
    const [problem, fix] = isMisconfigured
      ? ["The Redis of LEDGER_REDIS_URL can't hold the ledger", `${cause.message}.`]
      : ["The Redis of LEDGER_REDIS_URL can't be reached", "check address, password and network."];
    throw new ServerError("ledger_unusable", problem, fix, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function withoutCredentials(url: string | Secret): string {
  const parsed = new URL(revealSecret(url));
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

function credentialsOf(url: string | Secret): { readonly username?: string; readonly password?: string } {
  const { username, password } = new URL(revealSecret(url));
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
  };
}
