import { createRedisRateLimit } from "@coatcheck/bff/redis";
import { revealSecret, type Secret } from "@coatcheck/bff/config";
import { TokensError } from "@coatcheck/tokens";
import { createRedisLedger } from "@coatcheck/tokens/redis";
import { connectRedis, type OpenRedis } from "../redis/connect-redis.ts";
import { explainRedis } from "../redis/explain-redis.ts";
import { parseRedisPlace } from "../redis/redis-place.ts";
import { ServerError } from "../server-error.ts";
import { createConnectionReports } from "./connection-reports.ts";
import type { RedisSettings, Shared } from "./open-ledger.ts";
import type { WriteLog } from "./write-log.ts";

/**
 * Opens the ledger in Redis, with connections that come back by themselves.
 *
 * @throws {ServerError} `ledger_unusable`: not reachable now, too old, or it may evict what it must keep
 */
export async function openRedisLedger(
  url: string | Secret,
  settings: RedisSettings,
  log: WriteLog,
): Promise<Required<Shared>> {
  const place = parseRedisPlace(revealSecret(url));
  if (place === undefined) throw unusable(["LEDGER_REDIS_URL is no address of a Redis", "see its form."]);
  const reports = createConnectionReports(log);
  const failures: unknown[] = [];
  const lost = (error: unknown): void => {
    failures.unshift(error);
    failures.length = Math.min(failures.length, 3);
    reports.lost(error);
  };
  const reveal = (secret: string | Secret | undefined): string | undefined =>
    secret === undefined ? undefined : revealSecret(secret);
  const tls = {
    ca: reveal(settings.ledgerRedisCa),
    cert: reveal(settings.ledgerRedisCertificate),
    key: reveal(settings.ledgerRedisCertificateKey),
  };
  const { ledgerRedisWaitReplicas: replicas, ledgerRedisWaitMs: ms } = settings;
  let redis: OpenRedis | undefined;
  try {
    const opened = await connectRedis(place, tls, { ...reports, lost });
    redis = opened;
    const { client } = opened;
    const ledger = await createRedisLedger({ client, ...(replicas > 0 ? { wait: { replicas, ms } } : {}) });
    return {
      ledger: {
        ...ledger,
        async close() {
          await ledger.close();
          opened.close();
        },
      },
      rateLimit: createRedisRateLimit(client, { monotonicMs: () => performance.now() }),
      renew({ ledgerRedisUrl }) {
        const newest =
          ledgerRedisUrl === undefined ? undefined : parseRedisPlace(revealSecret(ledgerRedisUrl));
        if (newest !== undefined) opened.renew(newest);
      },
    };
  } catch (cause) {
    redis?.close();
    const isMisconfigured = cause instanceof TokensError && cause.code === "ledger_misconfigured";
    if (isMisconfigured)
      throw unusable(["The Redis of LEDGER_REDIS_URL can't hold the ledger", `${cause.message}.`], cause);
    throw unusable(explainRedis([cause, ...failures]), cause);
  }
}

function unusable([problem, fix]: readonly [problem: string, fix: string], cause?: unknown): ServerError {
  return new ServerError("ledger_unusable", problem, fix, { cause });
}
