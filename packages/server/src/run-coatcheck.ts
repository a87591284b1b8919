import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { generateCookieKey } from "@coatcheck/bff";
import { generateClientKeys } from "@coatcheck/oauth/node";
import { runEntry } from "./process/run-entry.ts";

const USAGE = `usage: coatcheck <command> [--config FILE]

  serve    run the server
  doctor   try everything that serve needs: configuration, provider, client, ledger, page, port, APIs; silent if all is well
  sessions --subject SUB [--issuer URL] [--end ID | --end-all]   list somebody's sessions, or end one or all of them
  ledger-schema [--role NAME]   print the tables of a ledger in PostgreSQL, and the rights that a role needs on them
  keygen   print a fresh value for COOKIE_KEYS; to rotate, append it, roll out, then put it first
  keygen client   print a fresh value for OAUTH_CLIENT_KEYS (ES256); to rotate, add its key at the end of the list, then move it to the front

Settings come from the environment, and from FILE (coatcheck.config.ts, .js or .json) if one is named.
`;

/** Does what the command line says. Resolves when it is done; for `serve`, when it serves. */
export async function runCoatcheck(): Promise<void> {
  const { positionals, values } = parseCommandLine();
  const { env: environment } = process;
  switch (positionals.join(" ")) {
    case "serve":
      return runEntry({ environment, configFile: values.config });
    case "doctor": {
      // A server that starts doesn't wait for it to be loaded.
      const { runDoctor } = await import("./doctor/run-doctor.ts");
      return runDoctor(environment, values.config);
    }
    case "sessions": {
      const { subject, issuer, end, "end-all": endAll = false } = values;
      if (subject === undefined || (end !== undefined && endAll)) break;
      const { runSessions } = await import("./sessions/run-sessions.ts");
      return runSessions({ environment, configFile: values.config, subject, issuer, end, endAll });
    }
    case "ledger-schema": {
      const { postgresLedgerGrants, postgresLedgerSchema } = await import("@coatcheck/tokens/postgres");
      const role = values.role ?? "coatcheck";
      process.stdout.write(
        `${postgresLedgerSchema()}-- For the role of the server:\n${postgresLedgerGrants(role)}`,
      );
      return;
    }
    case "keygen":
      process.stdout.write(`${generateCookieKey(randomBytes)}\n`);
      return;
    case "keygen client":
      process.stdout.write(`${generateClientKeys()}\n`);
      return;
    default:
      break;
  }
  process.stderr.write(USAGE);
  process.exitCode = 2;
}

const OPTIONS = {
  config: { type: "string" },
  subject: { type: "string" },
  issuer: { type: "string" },
  end: { type: "string" },
  role: { type: "string" },
  "end-all": { type: "boolean" },
} as const;

function parseCommandLine() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch {
    // An option that doesn't exist: the usage says what there is.
    return {
      positionals: [],
      values: {} as ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"],
    };
  }
}
