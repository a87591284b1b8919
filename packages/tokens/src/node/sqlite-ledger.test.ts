import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLedger } from "../../suite/describe-ledger.ts";
import { createSqliteLedger } from "./sqlite-ledger.ts";

describeLedger("sqlite, two handles on one file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-ledger-"));
  const file = join(folder, "ledger.db");
  const ledger = createSqliteLedger({ file });
  const other = createSqliteLedger({ file });
  return {
    ledger,
    other,
    async close() {
      await ledger.close();
      await other.close();
      await rm(folder, { recursive: true });
    },
  };
});
