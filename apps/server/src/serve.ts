import { runEntry } from "./process/run-entry.ts";

/** `pnpm serve`: the production server on the built page, configured by the environment alone. */
await runEntry({ environment: process.env });
