import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateError } from "./create-error.ts";

/** What a person may choose. */
export interface AppSettings {
  /** Made if it isn't there; it must be empty. */
  readonly folder: string;
  /** Of the package, and shown at the provider. Default: the folder's. */
  readonly name?: string;
  /** Of the page; the provider and the notes API take the ports 1000 and 1100 above. Default 3000. */
  readonly port?: number;
}

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
/** Not named as they will be: npm leaves `.gitignore` out of packages, and tools take `package.json` for a package here. */
const RENAMED = [
  ["_gitignore", ".gitignore"],
  ["_package.json", "package.json"],
] as const;
/** What may be there already. */
const HARMLESS: ReadonlySet<string> = new Set([".git", ".DS_Store", ".idea", ".vscode"]);
const DEFAULT_PORT = 3000;
const KEY_BYTES = 32;

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
  cpSync(join(packageFolder, "template"), target, {
    recursive: true,
    filter: (source) => !/[/\\](node_modules|dist|test-results)$/.test(source),
  });
  for (const [from, to] of RENAMED) renameSync(join(target, from), join(target, to));
  const appName = name ?? packageNameOf(basename(target));
  const manifest = readFileSync(join(target, "package.json"), "utf8");
  writeFileSync(
    join(target, "package.json"),
    manifest.replaceAll("APP_NAME", appName).replaceAll("COATCHECK_VERSION", ownVersion()),
  );
  writeFileSync(join(target, ".env"), environment(appName, port), { mode: 0o600 });
}

function ownVersion(): string {
  const manifest = readFileSync(join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function packageNameOf(folderName: string): string {
  const name = folderName
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "my-app" : name;
}

function environment(appName: string, port: number): string {
  const secret = (): string => randomBytes(KEY_BYTES).toString("base64url");
  return `# Settings of this machine; secrets among them, so it isn't checked in.
PUBLIC_ORIGIN=http://localhost:${port}
COOKIE_KEY=${secret()}

# The development provider takes what stands here. Yours gives you an issuer, an id and a secret.
OIDC_ISSUER=http://127.0.0.1:${port + 1000}
OAUTH_CLIENT_ID=${appName}
OAUTH_CLIENT_SECRET=${secret()}

NOTES_API=http://127.0.0.1:${port + 1100}
`;
}
