import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { RateLimit } from "@coatcheck/bff";
import type { Secret } from "@coatcheck/bff/config";
import type { Ledger } from "@coatcheck/tokens";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import type { Settings } from "../environment/parse-environment.ts";
import { ServerError } from "../server-error.ts";
import type { WriteLog } from "./write-log.ts";

/** What the processes of an application share. */
export interface Shared {
  readonly ledger: Ledger;
  /** Present where all instances count clients together. */
  readonly rateLimit?: RateLimit;
  /** Opens further connections with the user and password of these settings; those that are open stay. */
  readonly renew?: (settings: Pick<LedgerSettings, "ledgerRedisUrl" | "ledgerPostgresUrl">) => void;
}

/**
 * Opens the ledger that the settings name.
 *
 * @throws {ServerError} `ledger_unusable`
 */
export async function openLedger(settings: LedgerSettings, log: WriteLog): Promise<Shared> {
  const { ledgerRedisUrl, ledgerPostgresUrl, ledgerFile } = settings;
  const kind = ledgerKind(settings);
  const shared =
    ledgerRedisUrl !== undefined
      ? await openRedis(ledgerRedisUrl, settings, log)
      : ledgerPostgresUrl !== undefined
        ? await openPostgres(ledgerPostgresUrl, log)
        : await openSqliteLedger(ledgerFile);
  log({ level: "info", event: "ledger_opened", kind, ...(kind === "sqlite" ? { file: ledgerFile } : {}) });
  return shared;
}

export type RedisSettings = Pick<
  Settings,
  | "ledgerRedisCa"
  | "ledgerRedisCertificate"
  | "ledgerRedisCertificateKey"
  | "ledgerRedisWaitReplicas"
  | "ledgerRedisWaitMs"
>;

export type LedgerSettings = RedisSettings &
  Pick<Settings, "ledgerRedisUrl" | "ledgerPostgresUrl" | "ledgerFile">;

/** Where the settings say that the ledger is. */
export function ledgerKind({
  ledgerRedisUrl,
  ledgerPostgresUrl,
}: Pick<Settings, "ledgerRedisUrl" | "ledgerPostgresUrl">): "redis" | "postgres" | "sqlite" {
  if (ledgerRedisUrl !== undefined) return "redis";
  return ledgerPostgresUrl === undefined ? "sqlite" : "postgres";
}

async function openSqliteLedger(file: string): Promise<Shared> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return { ledger: createSqliteLedger({ file }) };
  } catch (cause) {
    throw new ServerError(
      "ledger_unusable",
      `The ledger ${file} can't be used`,
      "check LEDGER_FILE and its folder.",
      { cause },
    );
  }
}

/** As below. */
async function openPostgres(url: string | Secret, log: WriteLog): Promise<Shared> {
  const { openPostgresLedger } = await import("./open-postgres-ledger.ts");
  return openPostgresLedger(url, log);
}

/** Loaded only where it is used: the client of Redis takes as long to load as a third of everything else. */
async function openRedis(url: string | Secret, settings: RedisSettings, log: WriteLog): Promise<Shared> {
  const { openRedisLedger } = await import("./open-redis-ledger.ts");
  return openRedisLedger(url, settings, log);
}
