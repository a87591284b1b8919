import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
/** Not named as they will be: npm leaves `.gitignore` out of packages, and tools take `package.json` for a package here. */
export const RENAMED: readonly (readonly [from: string, to: string])[] = [
  ["_dockerignore", ".dockerignore"],
  ["_gitignore", ".gitignore"],
  ["_package.json", "package.json"],
];
export const TEMPLATE = join(packageFolder, "template");
const KEY_BYTES = 32;

/** A file of the template as it stands in an app, with this package's version; the app's name is left open. */
export function templateFile(path: string): string {
  const from = RENAMED.find(([, to]) => to === path)?.[0] ?? path;
  return readFileSync(join(TEMPLATE, from), "utf8").replaceAll("COATCHECK_VERSION", ownVersion());
}

function ownVersion(): string {
  const manifest = readFileSync(join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Any name as npm takes it. */
export function packageNameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return plain === "" ? "my-app" : plain;
}

/** The lines of an `.env`, with secrets that nobody else has. */
export function environmentLines(appName: string, port: number): readonly string[] {
  const secret = (): string => randomBytes(KEY_BYTES).toString("base64url");
  return [
    "# Settings of this machine; secrets among them, so it isn't checked in.",
    `PUBLIC_ORIGIN=http://localhost:${port}`,
    `COOKIE_KEY=${secret()}`,
    "# The development provider takes what stands here. Yours gives you an issuer, an id and a secret.",
    `OIDC_ISSUER=http://127.0.0.1:${port + 1000}`,
    `OAUTH_CLIENT_ID=${appName}`,
    `OAUTH_CLIENT_SECRET=${secret()}`,
    `NOTES_API=http://127.0.0.1:${port + 1100}`,
  ];
}
