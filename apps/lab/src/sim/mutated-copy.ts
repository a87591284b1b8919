import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as bff from "@coatcheck/bff";
import type * as tokens from "@coatcheck/tokens";
import type { CodeUnderTest } from "./code-under-test.ts";

/** One line of the source, written wrongly. */
export interface Mutation {
  /** From the root of the checkout. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ROOT = new URL("../../../../", import.meta.url).pathname;
const PACKAGES = ["contract", "oauth", "session", "tokens", "proxy", "bff"];

/** Makes a copy of the packages with a bug in it. */
export async function makeMutatedCopy(
  mutations: readonly Mutation[],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "coatcheck-mutant-"));
  for (const name of PACKAGES) {
    for (const part of ["src", "package.json", "node_modules"]) {
      const from = join(ROOT, "packages", name, part);
      await cp(from, join(path, "packages", name, part), { recursive: true, verbatimSymlinks: true });
    }
  }
  await symlink(join(ROOT, "node_modules"), join(path, "node_modules"));
  for (const { file, from, to } of mutations) {
    const source = await readFile(join(path, file), "utf8");
    if (source.split(from).length !== 2) throw new Error(`${file} has to hold exactly one: ${from}`);
    await writeFile(
      join(path, file),
      source.replace(from, () => to),
    );
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Loads the packages of a copy. */
export async function loadCode(path: string): Promise<CodeUnderTest> {
  const load = (name: string): Promise<unknown> =>
    import(pathToFileURL(join(path, "packages", name, "src/index.ts")).href);
  const { createBff } = (await load("bff")) as typeof bff;
  const { createRecordLedger, createMemoryLedger } = (await load("tokens")) as typeof tokens;
  return { createBff, createRecordLedger, createMemoryLedger };
}
