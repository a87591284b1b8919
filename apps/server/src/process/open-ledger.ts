import { createMemoryLedger, type Ledger } from "@coatcheck/tokens";
import type { Settings } from "../environment/parse-environment.ts";
import type { WriteLog } from "./log-writer.ts";

export async function openLedger(_ledger: Settings["ledger"], _log: WriteLog): Promise<Ledger> {
  return createMemoryLedger({ nowMs: () => Date.now(), setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (h) => clearTimeout(h as never) });
}
