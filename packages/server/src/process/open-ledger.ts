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
}

/**
 * Opens the ledger that the settings name.
 *
 * @throws {ServerError} `ledger_unusable`
 */
export async function openLedger(
  { ledgerRedisUrl, ledgerFile }: Pick<Settings, "ledgerRedisUrl" | "ledgerFile">,
  log: WriteLog,
): Promise<Shared> {
  const isRedis = ledgerRedisUrl !== undefined;
  const shared = isRedis ? await openRedis(ledgerRedisUrl, log) : await openSqliteLedger(ledgerFile);
  log({
    level: "info",
    event: "ledger_opened",
    ...(isRedis ? { kind: "redis" } : { kind: "sqlite", file: ledgerFile }),
  });
  return shared;
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

/** Loaded only where it is used: the client of Redis takes as long to load as a third of everything else. */
async function openRedis(url: string | Secret, log: WriteLog): Promise<Shared> {
  const { openRedisLedger } = await import("./open-redis-ledger.ts");
  return openRedisLedger(url, log);
}
