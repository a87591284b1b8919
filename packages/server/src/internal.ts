// What the demo is put together from. Not published: none of it is promised to anybody.
export { parseEnvironment, type Settings } from "./environment/parse-environment.ts";
export { composeBff } from "./process/compose-bff.ts";
export { openLedger } from "./process/open-ledger.ts";
export { runEntry } from "./process/run-entry.ts";
export type { WriteLog } from "./process/write-log.ts";
