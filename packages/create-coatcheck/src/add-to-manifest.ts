import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateError } from "./create-error.ts";
import { templateFile } from "./template-files.ts";

type Table = Readonly<Record<string, string>>;

/** What we read of a `package.json`, and its text. */
export interface AppManifest {
  readonly text: string;
  readonly name?: string;
  readonly type?: string;
  readonly scripts?: Table;
  readonly dependencies?: Table;
  readonly devDependencies?: Table;
}

const NEEDED = ["@coatcheck/bff", "@coatcheck/client", "@coatcheck/tokens", "@hono/node-server", "hono"];
const NEEDED_BY_REACT = ["@coatcheck/react"];
const NEEDED_IN_DEVELOPMENT = ["@coatcheck/dev-idp", "jose"];
const SCRIPTS = ["start", "serve"];

/** @throws {CreateError} `not_a_vite_app` */
export function readManifest(root: string): AppManifest {
  const file = join(root, "package.json");
  const no = (why: string): CreateError =>
    new CreateError("not_a_vite_app", `${root} is no app to add Coatcheck to: ${why}`);
  if (!existsSync(file)) throw no("it has no package.json. Run this in your app's folder.");
  const text = readFileSync(file, "utf8");
  let manifest: Omit<AppManifest, "text">;
  try {
    manifest = JSON.parse(text) as Omit<AppManifest, "text">;
  } catch {
    throw no("its package.json can't be read.");
  }
  const { dependencies, devDependencies } = manifest;
  if (dependencies?.["vite"] === undefined && devDependencies?.["vite"] === undefined)
    throw no("vite isn't among its dependencies. Elsewhere, begin with docs/quick-start.md.");
  if (manifest.type !== "module")
    throw no('its package.json doesn\'t say "type": "module", which the server needs.');
  return { ...manifest, text };
}

/** The text of the `package.json` with what the server needs; nothing that is there changes. */
export function addToManifest(manifest: AppManifest): string {
  const { text, ...old } = manifest;
  const template = JSON.parse(templateFile("package.json")) as Required<Omit<AppManifest, "text">>;
  const needed = [...NEEDED, ...(old.dependencies?.["react"] === undefined ? [] : NEEDED_BY_REACT)];
  const known: Table = { ...old.devDependencies, ...old.dependencies };
  const added = (names: readonly string[], from: Table): Table =>
    Object.fromEntries(
      names.filter((name) => known[name] === undefined).map((name) => [name, from[name] ?? "latest"]),
    );
  const scripts = SCRIPTS.map((name) => {
    const command = template.scripts[name] ?? "";
    const isFree = old.scripts?.[name] === undefined || old.scripts[name] === command;
    return [isFree ? name : `coatcheck:${name}`, command] as const;
  });
  const next = {
    ...old,
    scripts: { ...old.scripts, ...Object.fromEntries(scripts) },
    dependencies: sorted({ ...old.dependencies, ...added(needed, template.dependencies) }),
    devDependencies: sorted({
      ...old.devDependencies,
      ...added(NEEDED_IN_DEVELOPMENT, template.devDependencies),
    }),
  };
  const indent = /^([ \t]+)"/mu.exec(text)?.[1] ?? "  ";
  return `${JSON.stringify(next, null, indent)}${text.endsWith("\n") ? "\n" : ""}`;
}

function sorted(table: Table): Table {
  return Object.fromEntries(Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
