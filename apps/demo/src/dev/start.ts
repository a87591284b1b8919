import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import { securityHeaders } from "@coatcheck/bff";
import { DEMO_USERS } from "@coatcheck/dev-idp";
import { createLogger } from "@coatcheck/bff/node";
import { openLedger, parseEnvironment } from "@coatcheck/server/internal";
import { createServer as createViteServer, createServerModuleRunner } from "vite";
import { startDemoBackends } from "../demo-backends.ts";
import { readStartArguments } from "../start-arguments.ts";
import type { createDevBff, DevBff } from "./bff-entry.ts";

/**
 * `pnpm dev`: the demo with hot reload of the page and of the BFF, on one origin.
 *
 * Vite runs in this process, and the BFF in Vite's module runner: an edit of the BFF or of a package below it is live with
 * the next request. The ledger lives out here, so such an edit costs no session.
 */
const repositoryFolder = fileURLToPath(new URL("../../../..", import.meta.url));
const bffEntry = fileURLToPath(new URL("bff-entry.ts", import.meta.url));

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const { port } = readStartArguments(process.argv.slice(2), process.env["PORT"]);
const backends = await startDemoBackends({ ports: { app: port }, dataFolder: `${repositoryFolder}/.data` });
const environment = {
  ...backends.environment,
  LOG_FORMAT: "pretty",
  WEB_ROOT: "unused: Vite serves the page",
};
const parsed = parseEnvironment(environment, (path) => readFileSync(path, "utf8"));
if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
const { settings } = parsed;
const { log } = createLogger({ format: "pretty" });
const { ledger } = await openLedger(settings, log);

// Scripts and styles that Vite puts into the page carry this; what anybody else puts there doesn't run.
const nonce = randomBytes(16).toString("base64url");
const htmlHeaders = securityHeaders("html", { publicOrigin: settings.bff.publicOrigin, nonce });

const server = createServer({ maxHeaderSize: 16 * 1024 });
const vite = await createViteServer({
  root: `${repositoryFolder}/apps/web`,
  appType: "spa",
  server: { middlewareMode: true, hmr: { server } },
  html: { cspNonce: nonce },
});
const runner = createServerModuleRunner(vite.environments["ssr"]);

interface BffModule {
  readonly createDevBff: typeof createDevBff;
}

let loaded: { readonly module: BffModule; readonly bff: DevBff } | undefined;

/** The BFF as its sources are now; the one before finishes what it began. */
async function currentBff(): Promise<DevBff> {
  const module = await runner.import<BffModule>(bffEntry);
  if (loaded?.module === module) return loaded.bff;
  const previous = loaded?.bff;
  loaded = { module, bff: module.createDevBff({ settings, log, ledger, neighbours: backends }) };
  if (previous !== undefined) {
    say("The BFF was loaded anew.");
    void previous.drain();
  }
  return loaded.bff;
}

const listener: RequestListener = (request, response) => {
  currentBff().then(
    (bff) => {
      if (bff.owns(request.url ?? "/")) {
        bff.answer(request, response);
        return;
      }
      for (const [name, value] of htmlHeaders) response.setHeader(name, value);
      vite.middlewares(request, response);
    },
    (error: unknown) => {
      if (error instanceof Error) vite.ssrFixStacktrace(error);
      say(error instanceof Error ? (error.stack ?? error.message) : "The BFF could not be loaded.");
      response
        .writeHead(500, { "content-type": "text/plain; charset=utf-8" })
        .end("The BFF could not be loaded: see the terminal.\n");
    },
  );
};
server.on("request", listener);
await new Promise<void>((resolve, reject) => {
  server.once("error", reject);
  server.listen(settings.port, settings.host, resolve);
});

say("");
say(`  Coatcheck, hot     ${backends.appUrl}`);
say(
  `  Sign in as         ${DEMO_USERS.map(({ username }) => username).join(" or ")}, password ${DEMO_USERS[0]?.password ?? ""}`,
);
say(`  Provider, API      ${backends.idpUrl}, ${backends.apiUrl}`);
say("");

let isStopping = false;
async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await loaded?.bff.drain();
  await Promise.all([runner.close(), vite.close(), backends.close()]);
  await ledger.close();
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    void stop();
  });
}
