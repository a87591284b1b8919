import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";
import type { ExampleHost } from "./host.ts";
import { startProcess } from "./process-host.ts";

const FOLDER = join(repositoryRoot, ".cache", "hosts-next");
const EXAMPLE = "apps/hosts/examples/next";
const COMMAND = join(FOLDER, "node_modules", "next", "dist", "bin", "next");
const VERSION = "16.4.6";
const MANIFEST = {
  private: true,
  type: "module",
  dependencies: {
    next: VERSION,
    react: "19.3.1",
    "react-dom": "19.3.1",
    "@types/node": "24.19.2",
    "@types/react": "19.3.0",
    typescript: "5.9.3",
  },
};
/** What an app installs with `@coatcheck/bff`, each after what it is built on. */
const PACKAGES = ["contract", "oauth", "proxy", "session", "tokens", "bff"] as const;

/** Next.js, built and started for production, with our packages as they would be published. */
export const nextHost: ExampleHost = {
  name: "Next.js",
  example: EXAMPLE,
  lacks: {
    "the client's address, in the rate limit": "Next.js hands over no connection, only its platform's header",
  },
  // What stands there may be of an older checkout: `pnpm runtimes` makes it anew.
  isAtHand: () => false,
  version: () => `Next.js ${VERSION} on Node ${process.versions.node}`,
  start: (setting, folder) =>
    startProcess(
      process.execPath,
      [COMMAND, "start", FOLDER, "--port", setting.PORT],
      { ...setting, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NEXT_MANUAL_SIG_HANDLE: "true" },
      folder,
      `http://127.0.0.1:${setting.PORT}/healthz`,
    ),
};

/** Packs our packages, installs them and Next.js with npm beside the workspace, and builds the example. */
export function buildNextExample(): void {
  const tarballs = mkdtempSync(join(tmpdir(), "coatcheck-tarballs-"));
  try {
    const packed = PACKAGES.map((name) => join(tarballs, `${name}.tgz`));
    // Packing builds, too.
    for (const [index, name] of PACKAGES.entries())
      run("pnpm", ["pack", "--out", packed[index] ?? ""], join(repositoryRoot, "packages", name));
    mkdirSync(FOLDER, { recursive: true });
    for (const leftover of ["app", "lib", ".next", "node_modules/@coatcheck"])
      rmSync(join(FOLDER, leftover), { recursive: true, force: true });
    writeFileSync(join(FOLDER, "package.json"), JSON.stringify(MANIFEST, null, 2));
    const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    run("npm", [...install, ...packed]);
  } finally {
    rmSync(tarballs, { recursive: true, force: true });
  }
  cpSync(join(repositoryRoot, EXAMPLE), FOLDER, {
    recursive: true,
    filter: (from) => !from.endsWith("package.json"),
  });
  cpSync(join(repositoryRoot, "apps/hosts/examples/my-config.ts"), join(FOLDER, "lib", "my-config.ts"));
  run(process.execPath, [COMMAND, "build", FOLDER]);
}

function run(command: string, args: readonly string[], cwd = FOLDER): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
}
