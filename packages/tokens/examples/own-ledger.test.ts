import { describeLedger } from "@coatcheck/tokens/suite";
import { createOwnLedger } from "./own-ledger.ts";

describeLedger("in a table of one's own", async () => {
  const table = { rows: new Map<string, string>() };
  const ledger = createOwnLedger(table);
  return {
    ledger,
    damage: async (key) => void table.rows.set(`record ${key}`, "not JSON"),
    close: () => ledger.close(),
  };
});
