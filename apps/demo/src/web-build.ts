import { spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoError } from "./demo-error.ts";

const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url));
const webFolder = join(repositoryRoot, "apps/web");

/** Where the built page lies. */
export const builtWebFolder = join(webFolder, "dist");

/** What the page is built from. */
const SOURCES = [
  "apps/web/src",
  "apps/web/service-worker",
  "apps/web/public",
  "apps/web/index.html",
  "apps/web/vite.config.ts",
  "apps/web/build",
  "apps/web/package.json",
  "packages/client/src",
  "packages/react/src",
  "packages/contract/src",
  // The page links to copies of these.
  "README.md",
  "SECURITY.md",
  "docs",
  "packages/bff/src",
  "packages/proxy/src",
  "packages/session/src",
  "packages/tokens/src",
  "apps/demo/src/plain",
  "pnpm-lock.yaml",
];

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

async function newestIn(path: string): Promise<number> {
  const own = await modifiedAt(path);
  if (own === 0 || !(await stat(path)).isDirectory()) return own;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const times = await Promise.all(entries.map((entry) => modifiedAt(join(entry.parentPath, entry.name))));
  return Math.max(own, ...times);
}

/** Is there no built page, or one that is older than its sources? */
export async function isWebBuildStale(): Promise<boolean> {
  const builtAt = await modifiedAt(join(builtWebFolder, "index.html"));
  if (builtAt === 0) return true;
  const sources = await Promise.all(SOURCES.map((source) => newestIn(join(repositoryRoot, source))));
  return Math.max(...sources) > builtAt;
}

/**
 * Builds the page in a process of its own: Vite sets NODE_ENV=production, with which the identity provider refuses to start.
 *
 * @throws {DemoError} `build_failed`, with what Vite said
 */
export async function buildWeb(): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin/vite.js");
  const child = spawn(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: webFolder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode === 0) return;
  throw new DemoError(
    "build_failed",
    `The page could not be built:\n${Buffer.concat(said).toString().trim()}`,
  );
}
