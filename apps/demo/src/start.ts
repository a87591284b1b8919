import { fileURLToPath } from "node:url";
import { DemoError } from "./demo-error.ts";
import { readStartArguments } from "./start-arguments.ts";
import { startDemo } from "./start-demo.ts";
import { buildWeb, isWebBuildStale } from "./web-build.ts";

/** `pnpm start`: the demo, complete. Ctrl-C stops all of it. */
const DATA_FOLDER = fileURLToPath(new URL("../../../.data", import.meta.url));

const LAST_LINES = 10;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function run(): Promise<void> {
  const { port, mayBuild } = readStartArguments(process.argv.slice(2), process.env["PORT"]);
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
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(0));
  void demo.serverExit().then(() => {
    if (isStopping) return;
    say("The server ended by itself. Its last words:");
    for (const line of demo.logs().slice(-LAST_LINES)) say(`  ${line}`);
    stop(1);
  });
}

run().catch((error: unknown) => {
  say(explain(error));
  process.exitCode = 1;
});

/** Ours, and those of the command line's parser, are written for who reads them here. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return "Something broke.";
  const isForPeople = error instanceof DemoError || isAboutArguments(error) || error.constructor === Error;
  return isForPeople ? error.message : (error.stack ?? error.message);
}

function isAboutArguments(error: Error): boolean {
  return "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
