import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";
import { describeApi } from "./api-snapshot.ts";

/** Where the committed descriptions are. */
const folder = join(repositoryRoot, "docs", "api");

interface PackageWithTypes {
  readonly name: string;
  /** Where its build is. */
  readonly folder: string;
  readonly manifest: {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
}

/** What a package's build offers, an entry a file: `bff-node.txt` and its text. */
function describeEntries({
  name,
  folder: built,
  manifest,
}: PackageWithTypes): readonly (readonly [string, string])[] {
  return Object.entries(manifest.exports)
    .filter(([entry]) => entry !== "./internal")
    .map(([entry, target]) => {
      const types = typeof target === "string" ? undefined : target["types"];
      const file = `${(name + entry.slice(1)).replace("@coatcheck/", "").replaceAll("/", "-")}.txt`;
      return [file, types === undefined ? "" : describeApi(join(built, types))] as const;
    });
}

/** Differences between what packages offer and what is committed: somebody changed the API and didn't notice, or didn't say so. */
export function findApiChanges(packages: readonly PackageWithTypes[]): readonly string[] {
  const now = new Map(packages.flatMap(describeEntries));
  const committed = existsSync(folder) ? readdirSync(folder) : [];
  const changed = [...now].filter(
    ([file, text]) => !committed.includes(file) || readFileSync(join(folder, file), "utf8") !== text,
  );
  const gone = committed.filter((file) => !now.has(file));
  return [...changed.map(([file]) => file), ...gone].map(
    (file) =>
      `docs/api/${file} isn't what the packages offer: run pnpm api, look at the difference, and commit it`,
  );
}

/** Writes all descriptions anew. */
export function writeApi(packages: readonly PackageWithTypes[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of packages.flatMap(describeEntries)) writeFileSync(join(folder, file), text);
}
