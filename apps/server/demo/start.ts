import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ServerError } from "../src/server-error.ts";
import { startDemo } from "./start-demo.ts";
import { buildWeb, isWebBuildStale } from "./web-build.ts";

/** `pnpm start`: the demo, complete. Ctrl-C stops all of it. */
const DATA_FOLDER = fileURLToPath(new URL("../../../.data", import.meta.url));

const LAST_LINES = 10;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: "string" }, "no-build": { type: "boolean" } } });
  const raw = values.port ?? process.env["PORT"] ?? "3000";
  const port = /^[1-9][0-9]{0,4}$/.test(raw) ? Number(raw) : Number.NaN;
  if (port <= 65_535) return port;
  say(`"${raw.slice(0, 20)}" is no port: write --port 3000, or any number up to 65535.`);
  return process.exit(1);
}

async function run(): Promise<void> {
  const port = readPort();
  const mayBuild = !process.argv.includes("--no-build");
  if (mayBuild && (await isWebBuildStale())) {
    say("Building the page ...");
    await buildWeb();
  }
  say("Starting identity provider, notes API and server ...");
  const demo = await startDemo({
    ports: { app: port },
    dataFolder: DATA_FOLDER,
    environment: { LOG_FORMAT: "pretty" },
    onLine: (line) => (/ (warn|error) /.test(line) ? say(line) : undefined),
  });
  for (const [name, url, wanted] of [
    ["app", demo.appUrl, port],
    ["identity provider", demo.idpUrl, 4000],
    ["notes API", demo.apiUrl, 4100],
  ] as const) {
    const found = Number(new URL(url).port);
    if (found !== wanted) say(`Port ${wanted} is taken by another program; the ${name} uses ${found}.`);
  }
  const names = demo.users.map(({ username }) => username).join(" or ");
  say("");
  say(`  Coatcheck       ${demo.appUrl}`);
  say(`  Sign in as      ${names}, password ${demo.users[0]?.password ?? ""}`);
  say("");
  say(`  Provider        ${demo.idpUrl}   access tokens live 30 s, refresh tokens work once`);
  say(`  Notes API       ${demo.apiUrl}`);
  say("");
  say("Ctrl-C stops all of it.");

  let isStopping = false;
  const stop = (exitCode: 0 | 1): void => {
    if (isStopping) return;
    isStopping = true;
    say("\nStopping ...");
    demo.stop().then(
      () => process.exit(exitCode),
      () => process.exit(1),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(0));
  void demo.serverExit().then(() => {
    if (isStopping) return;
    say("The server ended by itself. Its last words:");
    for (const line of demo.logs().slice(-LAST_LINES)) say(`  ${line}`);
    stop(1);
  });
}

run().catch((error: unknown) => {
  say(
    error instanceof ServerError
      ? error.message
      : String(error instanceof Error ? (error.stack ?? error.message) : error),
  );
  process.exitCode = 1;
});
