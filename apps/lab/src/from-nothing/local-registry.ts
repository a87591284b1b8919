import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A registry of this machine: what is published there, and everything else of the one that npm is configured for. */
export interface LocalRegistry {
  readonly url: string;
  /** Variables under which package managers use it, and nothing of this user's settings. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** One of its dependencies asks for a version by a tag that not every registry has. */
const MANIFEST = {
  private: true,
  dependencies: { verdaccio: "6.10.4" },
  overrides: { "node-fetch": "2.6.7" },
};
const READY_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 500;

/** Starts verdaccio, which is fetched for it. @param folder where all of its state goes */
export async function startLocalRegistry(folder: string, port: number): Promise<LocalRegistry> {
  const url = `http://127.0.0.1:${port}/`;
  const config = join(folder, "verdaccio.yaml");
  mkdirSync(folder, { recursive: true });
  writeFileSync(config, configuration(join(folder, "storage"), settingOf("registry")));
  const npmrc = join(folder, "npmrc");
  // A registry takes nothing without a token; this one doesn't look at it.
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anybody\nfund=false\naudit=false\n`);

  writeFileSync(join(folder, "package.json"), JSON.stringify(MANIFEST));
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`verdaccio can't be installed (${status}).`);
  const command = join(folder, "node_modules", "verdaccio", "bin", "verdaccio");
  const child = spawn(process.execPath, [command, "--config", config, "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = new Promise<"ended">((resolve) => child.once("exit", () => resolve("ended")));
  const isReady = await Promise.race([exited, waitUntilAnswers(url)]);
  if (isReady !== true) throw new Error(`The local registry did not start at ${url}.`);
  return {
    url,
    environment: {
      npm_config_userconfig: npmrc,
      npm_config_registry: url,
      npm_config_cache: join(folder, "cache"),
    },
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function settingOf(name: string): string {
  return spawnSync("npm", ["config", "get", name], { encoding: "utf8" }).stdout.trim();
}

function configuration(storage: string, upstream: string): string {
  return `storage: ${storage}
uplinks:
  upstream:
    url: ${upstream}
    timeout: 60s
    max_fails: 20
packages:
  "@coatcheck/*":
    access: $all
    publish: $all
  "create-coatcheck":
    access: $all
    publish: $all
  "**":
    access: $all
    proxy: upstream
max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`;
}

async function waitUntilAnswers(url: string): Promise<boolean> {
  const endMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < endMs) {
    try {
      const { ok } = await fetch(`${url}-/ping`);
      if (ok) return true;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}
