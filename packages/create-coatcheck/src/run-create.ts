import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { createTwoFilesPatch } from "diff";
import { planAddition, writeAddition, type Addition, type FileChange } from "./add-to-app.ts";
import { writeApp } from "./write-app.ts";
import { CreateError } from "./create-error.ts";

const USAGE = `usage: npm create coatcheck [folder] -- [options]

  folder            where the app goes; asked for if it isn't said (this one if it is empty, else my-app)
  --name NAME       of the package (default: the folder's)
  --port PORT       of the page (default 3000; with --add 5173); the provider and the notes API take the ports 1000
                    and 1100 above
  --add             to the Vite app that is in the folder (default: this one): shows what it would change, and asks
  --no-install      installs nothing
  --yes             asks nothing
`;

const OPTIONS = {
  name: { type: "string" },
  port: { type: "string" },
  add: { type: "boolean", default: false },
  "no-install": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/**
 * @param userAgent who runs this command, as package managers say it: `npm/11.0.0 node/...`
 * @returns the exit code of the process
 */
export async function runCreate(args: readonly string[], userAgent?: string): Promise<number> {
  try {
    await run(args, userAgent);
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.code === "usage" ? 2 : 1;
  }
}

async function run(args: readonly string[], userAgent: string | undefined): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const manager = packageManager(userAgent);
  if (values.add) return addTo(positionals[0] ?? ".", manager, values);
  const folder = positionals[0] ?? (await chooseFolder(values.yes));
  writeApp({
    folder,
    ...(values.name === undefined ? {} : { name: nameOf(values.name) }),
    ...(values.port === undefined ? {} : { port: portOf(values.port) }),
  });
  if (!values["no-install"]) install(manager, folder);
  process.stdout.write(nextSteps(folder, manager, values["no-install"]));
}

async function addTo(
  folder: string,
  manager: string,
  values: ReturnType<typeof parse>["values"],
): Promise<void> {
  const addition = planAddition({
    folder,
    ...(values.port === undefined ? {} : { port: portOf(values.port) }),
  });
  process.stdout.write(describe(addition));
  if (!values.yes && !(await agrees())) {
    process.stdout.write("Nothing was written. To write it without a question: --yes.\n");
    return;
  }
  writeAddition(folder, addition);
  if (!values["no-install"]) install(manager, folder);
  process.stdout.write(nextSteps(folder, manager, values["no-install"]));
}

function describe({ changes, byHand }: Addition): string {
  const byHandLines = byHand.map((sentence) => `  ${sentence}\n`).join("");
  return `${changes.map(patchOf).join("\n")}\nLeft to you:\n${byHandLines}\n`;
}

/** A new file by its size, a changed one by its lines; secrets aren't shown. */
function patchOf({ path, before, after }: FileChange): string {
  if (before === undefined && path !== ".env") return `new file ${path} (${after.split("\n").length} lines)`;
  const shown = (text: string): string =>
    path === ".env" ? text.replaceAll(/^(\w*(?:KEY|SECRET)\w*)=.*$/gmu, "$1=...") : text;
  return createTwoFilesPatch(path, path, shown(before ?? ""), shown(after), undefined, undefined, {
    context: 1,
  });
}

async function agrees(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Write it? (y/N) ");
  terminal.close();
  return /^y(es)?$/iu.test(answer.trim());
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new CreateError("usage", `${cause instanceof Error ? cause.message : ""}\n\n${USAGE}`);
  }
}

/** What npm takes, and what can stand in JSON and in an `.env` as it is. */
function nameOf(text: string): string {
  if (/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(text)) return text;
  throw new CreateError(
    "usage",
    `--name ${text}: small letters, digits and hyphens are needed, such as my-app.`,
  );
}

function portOf(text: string): number {
  const port = Number(text);
  // Lower ones need rights, and origins leave 80 out; two more ports lie above it.
  if (Number.isInteger(port) && port >= 1024 && port <= 64_000) return port;
  throw new CreateError("usage", `--port ${text}: a number from 1024 to 64000 is needed.`);
}

async function chooseFolder(isSilent: boolean): Promise<string> {
  const fallback = readdirSync(".").length === 0 ? "." : "my-app";
  if (isSilent || !process.stdin.isTTY) return fallback;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Where? (${fallback}) `);
  terminal.close();
  return answer.trim() === "" ? fallback : answer.trim();
}

function packageManager(userAgent: string | undefined): string {
  const name = userAgent?.split("/")[0] ?? "npm";
  return ["npm", "pnpm", "yarn", "bun"].includes(name) ? name : "npm";
}

function install(manager: string, folder: string): void {
  const { status } = spawnSync(manager, ["install"], {
    cwd: resolve(folder),
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  throw new CreateError(
    "install_failed",
    `The app is written, but ${manager} install failed: see above, and run it again in ${folder}.`,
  );
}

function nextSteps(folder: string, manager: string, isToInstall: boolean): string {
  const path = relative(process.cwd(), resolve(folder));
  const steps = [
    ...(path === "" ? [] : [`cd ${path}`]),
    ...(isToInstall ? [`${manager} install`] : []),
    `${manager} run start    the app; sign in as ada or ines, password ticket`,
    // By `run`: `bun test` is bun's own test runner.
    `${manager} run test     a browser signs in, and a token expires`,
  ];
  return `\nThe app is there. Next:\n\n${steps.map((step) => `  ${step}\n`).join("")}\n`;
}
