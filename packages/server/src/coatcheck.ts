#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { generateCookieKey } from "@coatcheck/bff";
import { runEntry } from "./process/run-entry.ts";

/** The command line of the product. */
const USAGE = `usage: coatcheck <command>

  serve    run the server, configured by the environment alone
  keygen   print a fresh value for COOKIE_KEYS; to rotate, append it, roll out, then put it first
`;

const { positionals } = parseArgs({ allowPositionals: true });

switch (positionals.join(" ")) {
  case "serve":
    await runEntry({ environment: process.env });
    break;
  case "keygen":
    process.stdout.write(`${generateCookieKey(randomBytes)}\n`);
    break;
  default:
    process.stderr.write(USAGE);
    process.exitCode = 2;
}
