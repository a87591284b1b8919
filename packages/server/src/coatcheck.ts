#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { generateCookieKey } from "@coatcheck/bff";
import { runDoctor } from "./doctor/run-doctor.ts";
import { runEntry } from "./process/run-entry.ts";

/** The command line of the product. */
const USAGE = `usage: coatcheck <command> [--config FILE]

  serve    run the server
  doctor   try everything that serve needs: configuration, provider, client, ledger, page, port, APIs; silent if all is well
  keygen   print a fresh value for COOKIE_KEYS; to rotate, append it, roll out, then put it first

Settings come from the environment, and from FILE (coatcheck.config.ts, .js or .json) if one is named.
`;

const { positionals, values } = parseCommandLine();
const { env: environment } = process;

switch (positionals.join(" ")) {
  case "serve":
    await runEntry({ environment, configFile: values.config });
    break;
  case "doctor":
    await runDoctor(environment, values.config);
    break;
  case "keygen":
    process.stdout.write(`${generateCookieKey(randomBytes)}\n`);
    break;
  default:
    process.stderr.write(USAGE);
    process.exitCode = 2;
}

function parseCommandLine() {
  try {
    return parseArgs({ allowPositionals: true, options: { config: { type: "string" } } });
  } catch {
    // An option that doesn't exist: the usage says what there is.
    return { positionals: [], values: {} as { readonly config?: string } };
  }
}
