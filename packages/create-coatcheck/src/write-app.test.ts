import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeMyApp } from "../examples/write-an-app.ts";
import { runCreate } from "./run-create.ts";
import { writeApp } from "./write-app.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-coatcheck-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (path: string): string => readFileSync(join(folder, path), "utf8");
function manifestOf(path: string): Record<string, Record<string, string>> & { readonly version: string } {
  return JSON.parse(readFileSync(path, "utf8")) as ReturnType<typeof manifestOf>;
}

describe("the app that is written", () => {
  it("has its sources, and nothing of ours that is called otherwise there", () => {
    writeApp({ folder });
    const isThere = (path: string): boolean => existsSync(join(folder, path));
    const wanted = [
      ".dockerignore",
      ".gitignore",
      "package.json",
      "server/dev.ts",
      "src/app.tsx",
      "e2e/notes.spec.ts",
    ];
    expect(wanted.filter((path) => !isThere(path))).toEqual([]);
    expect(["_dockerignore", "_gitignore", "_package.json", "node_modules"].filter(isThere)).toEqual([]);
    expect(read("package.json")).not.toMatch(/APP_NAME|COATCHECK_VERSION/);
  });

  it("is as the example writes it", () => {
    writeMyApp(folder);
    expect(manifestOf(join(folder, "package.json"))["name"]).toBe("my-app");
    expect(read(".env")).toContain("PUBLIC_ORIGIN=http://localhost:3000");
  });

  it("asks for the versions that this package was tried with", () => {
    writeApp({ folder });
    const catalog = readFileSync(new URL("../../../pnpm-workspace.yaml", import.meta.url), "utf8");
    const own = manifestOf(new URL("../package.json", import.meta.url).pathname).version;
    const { dependencies, devDependencies } = manifestOf(join(folder, "package.json"));
    const asked = Object.entries({ ...dependencies, ...devDependencies });
    const tried = new Map(
      [...catalog.matchAll(/^ {2}"?([@\w/-]+)"?: (\S+)$/gm)].map(([, name = "", version = ""]) => [
        name,
        version,
      ]),
    );
    const others = asked.filter(
      ([name, version]) => version !== (name.startsWith("@coatcheck/") ? own : tried.get(name)),
    );
    expect(others).toEqual([]);
  });

  it("has secrets of its own, which aren't checked in and nobody else reads", () => {
    const other = join(folder, "other");
    writeApp({ folder: join(folder, "one") });
    writeApp({ folder: other });
    const [one, two] = ["one/.env", "other/.env"].map((path) => parseEnv(read(path)));
    for (const name of ["COOKIE_KEY", "OAUTH_CLIENT_SECRET"]) {
      expect(Buffer.from(one?.[name] ?? "", "base64url")).toHaveLength(32);
      expect(one?.[name]).not.toBe(two?.[name]);
    }
    expect(read("one/.gitignore").split("\n")).toContain(".env");
    const isOpen = process.platform !== "win32" && (statSync(join(other, ".env")).mode & 0o077) !== 0;
    expect(isOpen).toBe(false);
  });

  it("listens where it is asked to, with provider and API beside it", () => {
    writeApp({ folder, port: 8080 });
    expect(parseEnv(read(".env"))).toMatchObject({
      PUBLIC_ORIGIN: "http://localhost:8080",
      OIDC_ISSUER: "http://127.0.0.1:9080",
      NOTES_API: "http://127.0.0.1:9180",
    });
  });

  it.each([
    ["Shop Front", "shop-front"],
    ["größe", "gr-e"],
    ["...", "my-app"],
  ])("in the folder %j is the package %j", (name, expected) => {
    writeApp({ folder: join(folder, "x", name === "..." ? "-" : name) });
    const written = join(folder, "x", name === "..." ? "-" : name, "package.json");
    expect(manifestOf(written)["name"]).toBe(expected);
  });
});

describe("the command", () => {
  it("writes over nothing that is there, but for a repository's own folder", async () => {
    mkdirSync(join(folder, ".git"));
    expect(await runCreate([folder, "--yes", "--no-install"])).toBe(0);
    writeFileSync(join(folder, "src/app.tsx"), "mine");
    expect(await runCreate([folder, "--yes", "--no-install"])).toBe(1);
    expect(read("src/app.tsx")).toBe("mine");
  });

  it("says how to go on with the package manager that runs it", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await runCreate([folder, "--yes", "--no-install"], "bun/1.3.0 npm/? node/v24.3.0 linux x64");
    const said = write.mock.calls.map(([text]) => String(text)).join("");
    write.mockRestore();
    expect(said).toMatch(/bun install\n {2}bun run start .*\n {2}bun run test /);
  });

  it.each([
    ["--prot", "1"],
    ["--port", "http"],
    ["--port", "65000"],
    ["--port", "80"],
    ["--name", "Shop Front"],
    ["--name", 'a","scripts":{"postinstall":"x'],
    ["--name", "../up"],
  ])("exits with 2 on %s %s", async (...flags) => {
    expect(await runCreate([join(folder, "x"), ...flags])).toBe(2);
    expect(existsSync(join(folder, "x"))).toBe(false);
  });
});
