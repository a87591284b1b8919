import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { planAddition, writeAddition } from "./add-to-app.ts";
import { CreateError } from "./create-error.ts";
import { runCreate } from "./run-create.ts";
import { wrapEntry } from "./wrap-entry.ts";

/** As `npm create vite -- --template react-ts` writes it. */
const ENTRY = `import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import App from './App.tsx'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
`;
const MANIFEST = {
  name: "shop",
  private: true,
  type: "module",
  scripts: { dev: "vite", build: "tsc -b && vite build" },
  dependencies: { react: "^19.1.0", hono: "4.12.0" },
  devDependencies: { vite: "^8.0.0" },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-coatcheck-add-"));
  put("package.json", `${JSON.stringify(MANIFEST, null, 2)}\n`);
  put("index.html", '<div id="root"></div>\n<script type="module" src="/src/main.tsx"></script>\n');
  put("src/main.tsx", ENTRY);
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (path: string): string => readFileSync(join(folder, path), "utf8");
function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
function add(): void {
  writeAddition(folder, planAddition({ folder }));
}
function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof CreateError ? error.code : "other";
  }
}

describe("Coatcheck in an app that is there", () => {
  it("keeps every script, dependency and version, and adds what the server needs", () => {
    add();
    const { scripts, dependencies, devDependencies } = JSON.parse(read("package.json")) as typeof MANIFEST;
    expect(scripts).toMatchObject({ ...MANIFEST.scripts, start: "node --env-file=.env server/dev.ts" });
    expect(dependencies).toMatchObject(MANIFEST.dependencies);
    const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    expect(names).toEqual(
      expect.arrayContaining(["@coatcheck/bff", "@coatcheck/react", "@coatcheck/dev-idp"]),
    );
    expect(JSON.stringify(dependencies)).not.toContain("COATCHECK_VERSION");
  });

  it("takes other names where scripts are taken", () => {
    put("package.json", JSON.stringify({ ...MANIFEST, scripts: { start: "vite --host" } }, null, "\t"));
    add();
    expect((JSON.parse(read("package.json")) as typeof MANIFEST).scripts).toMatchObject({
      start: "vite --host",
      "coatcheck:start": "node --env-file=.env server/dev.ts",
    });
    expect(read("package.json")).toContain('\n\t"name"');
  });

  it("runs on Vite's port, with secrets of its own that aren't checked in", () => {
    add();
    const { COOKIE_KEY = "", PUBLIC_ORIGIN } = parseEnv(read(".env"));
    expect(PUBLIC_ORIGIN).toBe("http://localhost:5173");
    expect(Buffer.from(COOKIE_KEY, "base64url")).toHaveLength(32);
    expect(read(".gitignore").split("\n")).toContain(".env");
    expect(process.platform === "win32" ? 0 : statSync(join(folder, ".env")).mode & 0o077).toBe(0);
  });

  it("leaves the lines that stand in .env and .gitignore", () => {
    put(".env", "PUBLIC_ORIGIN=http://localhost:9000\nMINE=1");
    put(".gitignore", "node_modules\n.env");
    add();
    expect(parseEnv(read(".env"))).toMatchObject({ PUBLIC_ORIGIN: "http://localhost:9000", MINE: "1" });
    expect(read(".gitignore")).toBe("node_modules\n.env\n*.sqlite*\n");
  });

  it("puts the provider around the app, in the entry's own style", () => {
    add();
    expect(read("src/main.tsx")).toContain(
      "    <CoatcheckProvider client={client}>\n      <App />\n    </CoatcheckProvider>\n",
    );
    expect(read("src/main.tsx")).toContain("import { createClient } from '@coatcheck/client'\n");
  });

  it.each([
    [
      "an entry with double quotes and semicolons",
      ENTRY.replaceAll("'", '"').replaceAll(/^(import .*)$/gmu, "$1;"),
      'client";\n',
    ],
    ["tabs", ENTRY.replaceAll("  ", "\t"), "\t\t\t<App />\n"],
  ])("writes %s the same way", (_, source, expected) => {
    expect(wrapEntry(source)).toContain(expected);
  });

  it.each([
    ["two apps", ENTRY.replace("<App />", "<App />\n    <App />")],
    ["an app with properties", ENTRY.replace("<App />", "<App theme={theme} />")],
    ["no root", "export {}\n"],
  ])("leaves an entry with %s to a person, and says so", (_, source) => {
    put("src/main.tsx", source);
    const { changes, byHand } = planAddition({ folder });
    expect(changes.map(({ path }) => path)).not.toContain("src/main.tsx");
    expect(byHand.join(" ")).toContain("CoatcheckProvider");
  });

  it("changes nothing the second time but what was taken away", () => {
    add();
    for (const path of [
      "server/app.ts",
      "server/dev.ts",
      "server/notes-api.ts",
      "server/start.ts",
      "dev-users.json",
    ])
      rmSync(join(folder, path));
    expect(planAddition({ folder }).changes.map(({ path }) => path)).not.toContain("package.json");
    expect(planAddition({ folder }).changes.map(({ path }) => path)).not.toContain("src/main.tsx");
  });
});

describe("where it can't be added", () => {
  it.each([
    ["there is no package.json", "not_a_vite_app", () => rmSync(join(folder, "package.json"))],
    ["package.json can't be read", "not_a_vite_app", () => put("package.json", "{")],
    ["there is no Vite", "not_a_vite_app", () => put("package.json", '{"type":"module"}')],
    ["the app is CommonJS", "not_a_vite_app", () => put("package.json", '{"devDependencies":{"vite":"8"}}')],
    ["a server is there", "file_exists", () => put("server/app.ts", "mine")],
  ])("says so if %s", (_, code, prepare) => {
    prepare();
    expect(codeOf(() => planAddition({ folder }))).toBe(code);
  });

  it("shows what it would change and writes nothing, without a terminal and without --yes", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(await runCreate(["--add", folder])).toBe(0);
    const said = write.mock.calls.map(([text]) => String(text)).join("");
    write.mockRestore();
    expect(said).toContain("new file server/app.ts");
    expect(said).toContain("+    <CoatcheckProvider client={client}>");
    expect(said).toMatch(/\+COOKIE_KEY=\.\.\.\n/u);
    expect(read("src/main.tsx")).toBe(ENTRY);
    expect(codeOf(() => read("server/app.ts"))).toBe("other");
  });

  it("writes with --yes", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(await runCreate(["--add", folder, "--yes", "--no-install"])).toBe(0);
    write.mockRestore();
    expect(read("server/dev.ts")).toContain("createDevIdp");
  });
});
