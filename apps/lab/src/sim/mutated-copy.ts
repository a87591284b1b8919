import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type * as bff from "@coatcheck/bff/internal";
import type * as tokens from "@coatcheck/tokens";
import { applyMutation } from "../mutants/mutation.ts";
import type { SourceChange } from "./bugs.ts";
import type { CodeUnderTest } from "./code-under-test.ts";

const ROOT = new URL("../../../../", import.meta.url).pathname;
const PACKAGES = ["contract", "oauth", "session", "tokens", "proxy", "bff"];

/**
 * Makes a copy of the packages with a bug in it.
 *
 * @throws {RangeError} where the text to replace is missing; {@link Error} where the bug names what isn't there any more
 */
export async function makeMutatedCopy(
  changes: readonly SourceChange[],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "coatcheck-mutant-"));
  for (const name of PACKAGES) {
    for (const part of ["src", "package.json", "tsconfig.json", "node_modules"]) {
      const from = join(ROOT, "packages", name, part);
      await cp(from, join(path, "packages", name, part), { recursive: true, verbatimSymlinks: true });
    }
  }
  await cp(join(ROOT, "tsconfig.base.json"), join(path, "tsconfig.base.json"));
  await symlink(join(ROOT, "node_modules"), join(path, "node_modules"));
  for (const change of changes) {
    const file = join(path, change.file);
    await writeFile(file, applyMutation(await readFile(file, "utf8"), change));
  }
  await refuseUnknownNames(join(path, "packages/tokens"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Types may be wrong in a bug; a name that nobody declares would only be found to break everything. */
async function refuseUnknownNames(folder: string): Promise<void> {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const arguments_ = [compiler, "-p", "tsconfig.json", "--pretty", "false"];
  const errors = await promisify(execFile)(process.execPath, arguments_, { cwd: folder }).then(
    () => "",
    (error: { readonly stdout: string }) => error.stdout,
  );
  const unknown = errors.split("\n").filter((line) => /error TS(?:2304|2552):/u.test(line));
  if (unknown.length > 0) throw new Error(`the bug doesn't fit the code any more: ${unknown.join("; ")}`);
}

/** Loads the packages of a copy. */
export async function loadCode(path: string): Promise<CodeUnderTest> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(path, "packages", file)).href);
  const { assembleBff } = (await load("bff/src/internal.ts")) as typeof bff;
  const { createRecordLedger, createMemoryLedger, TokensError } = (await load(
    "tokens/src/index.ts",
  )) as typeof tokens;
  return { assembleBff, createRecordLedger, createMemoryLedger, TokensError };
}
