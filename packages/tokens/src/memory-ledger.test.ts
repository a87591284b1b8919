import { describeLedger } from "../suite/describe-ledger.ts";
import { realClock } from "../suite/real-clock.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

describeLedger("memory", async () => {
  const ledger = createMemoryLedger(realClock);
  return { ledger, close: () => ledger.close() };
});
