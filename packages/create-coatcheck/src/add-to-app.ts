import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { addToManifest, readManifest, type AppManifest } from "./add-to-manifest.ts";
import { CreateError } from "./create-error.ts";
import { environmentLines, packageNameOf, templateFile } from "./template-files.ts";
import { wrapEntry } from "./wrap-entry.ts";

/** One file, as it is and as it would be. */
export interface FileChange {
  /** From the app's folder. */
  readonly path: string;
  /** `undefined`: it isn't there yet. */
  readonly before: string | undefined;
  readonly after: string;
}

/** What adding Coatcheck to an app does. */
export interface Addition {
  readonly changes: readonly FileChange[];
  /** What is left to a person, a sentence each. */
  readonly byHand: readonly string[];
}

/** What a person may choose. */
export interface AdditionSettings {
  /** The app's, with its `package.json`. */
  readonly folder: string;
  /** Of the page in development; the provider and the notes API take the ports 1000 and 1100 above. Default 5173, as Vite's. */
  readonly port?: number;
}

/** Vite's own. */
const DEFAULT_PORT = 5173;
const SERVER_FILES = ["server/app.ts", "server/dev.ts", "server/notes-api.ts", "server/start.ts"];
const IGNORED = [".env", "*.sqlite*"];

/**
 * Works out what has to be added to a Vite app, and writes nothing.
 *
 * @throws {CreateError} `not_a_vite_app`, or `file_exists` where one of the new files is there already
 */
export function planAddition({ folder, port = DEFAULT_PORT }: AdditionSettings): Addition {
  const root = resolve(folder);
  const manifest = readManifest(root);
  const present = [...SERVER_FILES, "dev-users.json"].filter((path) => existsSync(join(root, path)));
  if (present.length > 0) {
    const files = present.join(", ");
    throw new CreateError("file_exists", `${files} would be written over: move it, and run this again.`);
  }
  const byHand = [
    "server/app.ts: name your own APIs under `routes`; the notes API is only there so that something answers.",
  ];
  const entry = wrapPage(root, manifest);
  if (typeof entry === "string") byHand.push(entry);
  const changes = [
    fileChange(root, "package.json", () => addToManifest(manifest)),
    ...SERVER_FILES.map((path) => fileChange(root, path, () => templateFile(path))),
    fileChange(root, "dev-users.json", () => templateFile("dev-users.json")),
    fileChange(root, ".env", (before) => withVariables(before, manifest.name ?? basename(root), port)),
    fileChange(root, ".gitignore", withIgnored),
    ...(typeof entry === "object" ? [entry] : []),
  ];
  return { changes: changes.filter(({ before, after }) => before !== after), byHand };
}

/** Writes what {@link planAddition} worked out. */
export function writeAddition(folder: string, { changes }: Addition): void {
  for (const { path, after } of changes) {
    const file = join(resolve(folder), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, after);
    if (path === ".env") chmodSync(file, 0o600);
  }
}

function fileChange(root: string, path: string, change: (before: string) => string): FileChange {
  const file = join(root, path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  return { path, before, after: change(before ?? "") };
}

/** The page's entry with our provider around the app; or, in words, why that is left to a person. */
function wrapPage(root: string, { dependencies }: AppManifest): FileChange | string {
  const byHand = (why: string): string =>
    `${why}: put \`<CoatcheckProvider client={createClient()}>\` of @coatcheck/react around your app (docs/guides/vite.md).`;
  if (dependencies?.["react"] === undefined)
    return "Without React the page uses `createClient()` of @coatcheck/client (docs/guides/vite.md).";
  const html = existsSync(join(root, "index.html")) ? readFileSync(join(root, "index.html"), "utf8") : "";
  const path = /<script[^>]+src="\/?([^"]+\.[jt]sx)"/u.exec(html)?.[1];
  if (path === undefined || !existsSync(join(root, path))) return byHand("The page's entry wasn't found");
  const source = readFileSync(join(root, path), "utf8");
  const wrapped = wrapEntry(source);
  return wrapped === undefined
    ? byHand(`${path} isn't as Vite's templates write it`)
    : { path, before: source, after: wrapped };
}

/** What stands there stays, whatever it says. */
function withVariables(before: string, name: string, port: number): string {
  const isThere = (line: string): boolean =>
    new RegExp(`^${/^\w+/u.exec(line)?.[0] ?? "$"}=`, "mu").test(before);
  const missing = environmentLines(packageNameOf(name), port).filter((line) => !isThere(line));
  return withLines(before, missing);
}

function withIgnored(before: string): string {
  const lines = new Set(before.split("\n").map((line) => line.trim()));
  return withLines(
    before,
    IGNORED.filter((line) => !lines.has(line)),
  );
}

function withLines(before: string, lines: readonly string[]): string {
  if (lines.length === 0) return before;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  return `${before}${gap}${lines.join("\n")}\n`;
}
