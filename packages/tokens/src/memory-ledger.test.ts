import { describeLedger } from "../suite/describe-ledger.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

describeLedger("memory", async () => {
  const ledger = createMemoryLedger({
    nowMs: Date.now,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  });
  return { ledger, close: () => ledger.close() };
});
