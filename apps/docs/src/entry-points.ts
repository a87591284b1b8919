import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryFolder } from "./repository.ts";

/** An entry that people import, and where it comes from. */
export interface EntryPoint {
  /** `@coatcheck/tokens/sqlite`. */
  readonly specifier: string;
  /** From the repository's root. */
  readonly source: string;
  /** Its page, below the reference: `tokens/sqlite`; with a slash at its end where that is a folder. */
  readonly page: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> };
}

/** In the order in which people meet them. */
const ORDER = ["bff", "client", "react", "server", "playwright", "dev-idp", "tokens", "create-coatcheck"];

/** Every entry of every published package, but those for our own packages alone (`internal`). */
export function findEntryPoints(): readonly EntryPoint[] {
  return globSync("packages/*/package.json", { cwd: repositoryFolder })
    .toSorted((one, other) => rankOf(one) - rankOf(other) || one.localeCompare(other))
    .flatMap((path) => {
      const manifest = JSON.parse(readFileSync(join(repositoryFolder, path), "utf8")) as Manifest;
      if (manifest.private === true) return [];
      return Object.keys(manifest.publishConfig?.exports ?? {})
        .filter((entry) => entry !== "./internal")
        .map((entry) => entryPoint(manifest, dirname(path), entry));
    });
}

function entryPoint({ name, exports }: Manifest, folder: string, entry: string): EntryPoint {
  const target = exports[entry];
  const file = typeof target === "string" ? target : (target?.["default"] ?? "");
  const specifier = name + entry.slice(1);
  const source = join(folder, file).replaceAll("\\", "/");
  // An entry with a namespace in it becomes a folder.
  const isFolder = /^export \* as /m.test(readFileSync(join(repositoryFolder, source), "utf8"));
  return { specifier, source, page: specifier.replace("@coatcheck/", "") + (isFolder ? "/" : "") };
}

function rankOf(path: string): number {
  const index = ORDER.indexOf(path.split(/[\\/]/)[1] ?? "");
  return index === -1 ? ORDER.length : index;
}
