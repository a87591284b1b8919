#!/usr/bin/env node
import { DevIdpError } from "./dev-idp-error.ts";

/** The command line of the package: `npx @coatcheck/dev-idp`. */
try {
  // Loaded here, so that a refusal is one sentence and no stack.
  const { runCommand } = await import("./command/run-command.ts");
  await runCommand(process.argv.slice(2), (text) => process.stdout.write(text));
} catch (error) {
  if (!(error instanceof DevIdpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === "usage" ? 2 : 1;
}
