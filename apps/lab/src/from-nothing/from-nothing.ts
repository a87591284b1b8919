import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findFreePort } from "@coatcheck/demo";
import { repositoryRoot } from "../repository-root.ts";
import { startLocalRegistry } from "./local-registry.ts";

/**
 * `pnpm from-nothing [--keep]`: what a newcomer does, with the packages as they would be published. Builds and publishes them
 * to a registry on this machine; then, in an empty folder and with npm alone: `npm create coatcheck`, `npm start`, `npm test`,
 * and the checks that the app brings; then `npm create vite`, and Coatcheck added to that. Exit 1 where one of them fails.
 * `--keep` leaves the folder.
 */
const place = mkdtempSync(join(tmpdir(), "coatcheck-from-nothing-"));
const empty = join(place, "app");
mkdirSync(empty);
const port = await findFreePort(0);
const added = join(place, "added");
const addedPort = await findFreePort(0);
const times: string[] = [];

console.log("Building the packages.");
run("pnpm", ["run", "build:packages"], repositoryRoot, process.env);
const registry = await startLocalRegistry(join(place, "registry"), await findFreePort(0));
const environment = { ...newcomersEnvironment(), ...registry.environment };
try {
  await timed("publish all packages", () =>
    run(
      "pnpm",
      [
        "-r",
        "--filter",
        "./packages/*",
        "publish",
        "--no-git-checks",
        "--ignore-scripts",
        "--registry",
        registry.url,
      ],
      repositoryRoot,
      { ...process.env, ...registry.environment },
    ),
  );
  await timed("npm create coatcheck", () =>
    run(
      "npm",
      ["create", "--yes", "coatcheck@latest", "--", "--yes", "--port", String(port)],
      empty,
      environment,
    ),
  );
  await timed("npm start, until the page is there", () => startAndVisit(empty, port));
  await timed("npm test", () => run("npm", ["test"], empty, environment));
  await timed("npm run types", () => run("npm", ["run", "types"], empty, environment));
  await timed("npm run build", () => run("npm", ["run", "build"], empty, environment));
  run(
    "npm",
    ["create", "--yes", "vite@latest", "added", "--", "--template", "react-ts", "--no-interactive"],
    place,
    environment,
  );
  await timed("npm create coatcheck -- --add", () =>
    run(
      "npm",
      ["create", "--yes", "coatcheck@latest", "--", "--add", "--yes", "--port", String(addedPort)],
      added,
      environment,
    ),
  );
  await timed("its npm start, until the page is there", () => startAndVisit(added, addedPort));
  await timed("its npm run build", () => run("npm", ["run", "build"], added, environment));
  console.log(`\nFrom an empty folder, with the packages as they are published:\n${times.join("\n")}`);
} finally {
  await registry.close();
  if (process.argv.includes("--keep")) console.log(`Kept: ${place}`);
  else rmSync(place, { recursive: true, force: true });
}

/** Without what this command got from pnpm; npm runs under the Node that runs this, whatever the machine's own is. */
function newcomersEnvironment(): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(process.env).filter(([name]) => !/^(p?npm_|NODE_PATH$|INIT_CWD$)/i.test(name));
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((entry) => !entry.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: [dirname(process.execPath), ...path].join(delimiter) };
}

async function timed(what: string, act: () => void | Promise<void>): Promise<void> {
  console.log(`--- ${what}`);
  const beganMs = performance.now();
  await act();
  times.push(`  ${what.padEnd(36)} ${((performance.now() - beganMs) / 1000).toFixed(1).padStart(6)} s`);
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed with ${status}.`);
}

async function startAndVisit(folder: string, at: number): Promise<void> {
  const child = spawn("npm", ["start"], {
    cwd: folder,
    stdio: "inherit",
    detached: true,
    env: environment,
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    for (let tries = 0; !(await answers(`http://localhost:${at}/readyz`)); tries += 1) {
      if (tries === 120) throw new Error("npm start: no page within a minute.");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    await exited;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not yet.
    return false;
  }
}
