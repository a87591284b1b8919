import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CreateError } from "./create-error.ts";
import { environmentLines, packageNameOf, RENAMED, TEMPLATE, templateFile } from "./template-files.ts";

/** What a person may choose. */
export interface AppSettings {
  /** Made if it isn't there; it must be empty. */
  readonly folder: string;
  /** Of the package, and shown at the provider. Default: the folder's. */
  readonly name?: string;
  /** Of the page; the provider and the notes API take the ports 1000 and 1100 above. Default 3000. */
  readonly port?: number;
}

/** What may be there already. */
const HARMLESS: ReadonlySet<string> = new Set([".git", ".DS_Store", ".idea", ".vscode"]);
const DEFAULT_PORT = 3000;

/**
 * Writes the app into a folder: sources, and an `.env` with secrets of its own.
 *
 * @throws {CreateError} `folder_not_empty`
 */
export function writeApp({ folder, name, port = DEFAULT_PORT }: AppSettings): void {
  const target = resolve(folder);
  const present = existsSync(target) ? readdirSync(target).filter((entry) => !HARMLESS.has(entry)) : [];
  if (present.length > 0) {
    const shown = present.slice(0, 3).join(", ");
    throw new CreateError("folder_not_empty", `${target} isn't empty (${shown}): name a new folder.`);
  }
  mkdirSync(target, { recursive: true });
  cpSync(TEMPLATE, target, {
    recursive: true,
  });
  for (const [from, to] of RENAMED) renameSync(join(target, from), join(target, to));
  const appName = name ?? packageNameOf(basename(target));
  const manifest = templateFile("package.json").replaceAll("APP_NAME", appName);
  writeFileSync(join(target, "package.json"), manifest);
  writeFileSync(join(target, ".env"), `${environmentLines(appName, port).join("\n")}\n`, { mode: 0o600 });
}
