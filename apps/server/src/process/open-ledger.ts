import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Ledger } from "@coatcheck/tokens";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import type { Settings } from "../environment/parse-environment.ts";
import { ServerError } from "../server-error.ts";
import type { WriteLog } from "./log-writer.ts";

/**
 * Opens the ledger that the settings name.
 *
 * @throws {ServerError} `ledger_unusable`
 */
export async function openLedger(settings: Settings["ledger"], log: WriteLog): Promise<Ledger> {
  if (settings.kind === "redis") throw new ServerError("ledger_unusable", "Redis isn't there yet.");
  try {
    await mkdir(dirname(settings.file), { recursive: true, mode: 0o700 });
    const ledger = createSqliteLedger({ file: settings.file });
    log({ level: "info", event: "ledger_opened", kind: "sqlite", file: settings.file });
    return ledger;
  } catch (error) {
    throw new ServerError(
      "ledger_unusable",
      `The ledger ${settings.file} can't be used: check LEDGER_FILE and its folder.`,
      {
        cause: error,
      },
    );
  }
}
