import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const SENTENCE = /@coatcheck\/dev-idp .*(Import it only in files that development and tests load)/s;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dev-idp-production-"));
  mkdirSync(join(folder, "node_modules", "@coatcheck"), { recursive: true });
  // Or else what lies in a folder above would say what kind of modules these are.
  writeFileSync(join(folder, "package.json"), "{}");
  symlinkSync(packageFolder, join(folder, "node_modules", "@coatcheck", "dev-idp"), "junction");
});
afterAll(() => rmSync(folder, { recursive: true }));

function entry(code: string): string {
  const path = join(folder, "entry.mjs");
  writeFileSync(path, code);
  return path;
}

function run(path: string, args: readonly string[], nodeEnv: string) {
  return spawnSync(process.execPath, [...args, path], {
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: nodeEnv },
  });
}

/** As `vite build` does it, in a process of its own: this one's NODE_ENV is the test runner's. */
function buildFor(args: readonly string[], code: string) {
  entry(code);
  writeFileSync(join(folder, "index.html"), '<script type="module" src="/entry.mjs"></script>');
  writeFileSync(join(folder, "vite.config.mjs"), "export default { ssr: { noExternal: true } };");
  const cli = join(packageFolder, "node_modules", "vite", "bin", "vite.js");
  const entries = args.includes("--ssr") ? ["--ssr", "entry.mjs"] : [];
  return spawnSync(process.execPath, [cli, "build", "--logLevel", "error", ...entries], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "" },
  });
}

const IMPORT_BY_NAME = 'import { createDevIdp } from "@coatcheck/dev-idp"; console.log(typeof createDevIdp);';
const IMPORT_LATER =
  'const { createDevIdp } = await import("@coatcheck/dev-idp"); console.log(typeof createDevIdp);';

describe("in production this package", () => {
  it.each([
    { name: "a static import", code: IMPORT_BY_NAME },
    { name: "a dynamic import", code: IMPORT_LATER },
  ])("refuses $name under NODE_ENV=production, and says what to do", ({ code }) => {
    const { status, stderr } = run(entry(code), [], "production");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(SENTENCE);
  });

  it("loads with any other NODE_ENV", () => {
    const { status, stdout } = run(entry(IMPORT_BY_NAME), [], "development");
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: "function" });
  });

  it("refuses in one sentence as a command, without a stack", () => {
    const bin = join(packageFolder, "src", "coatcheck-dev-idp.ts");
    const { status, stderr } = run(bin, [], "production");
    expect(status).toBe(1);
    expect(stderr).toMatch(SENTENCE);
    expect(stderr).not.toContain("    at ");
  });

  it.each([
    { name: "a server", args: ["--ssr"] },
    { name: "a page", args: [] },
  ])("fails the production build of $name that imports it by name", ({ args }) => {
    const { status, stderr } = buildFor(args, IMPORT_BY_NAME);
    expect(status).not.toBe(0);
    expect(stderr).toContain("not-for-production");
  });

  it("ends a process with the sentence where a bundle holds it after all", () => {
    expect(buildFor(["--ssr"], IMPORT_LATER)).toMatchObject({ status: 0 });
    const { status, stderr } = run(join(folder, "dist", "entry.mjs"), [], "test");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/bundled for production/);
  });
});
