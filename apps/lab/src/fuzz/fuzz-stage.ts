import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BFF_PATHS } from "@coatcheck/contract";
import { randomBytes } from "node:crypto";
import { freePort, listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { startServerProcess, type ServerProcess } from "@coatcheck/demo";
import { createEvilIdp, type EvilIdp } from "@coatcheck/testkit";
import { getRequestListener } from "@hono/node-server";
import { exchangeBytes, requestBytes, type RawReply, type RawRequest } from "./raw-exchange.ts";

/** A signed-in browser, as far as a server can tell: its cookies, and who it is. */
export interface FuzzVisitor {
  readonly sub: string;
  /** Of the session, by name. */
  readonly cookies: ReadonlyMap<string, string>;
}

/** A sign-in that waits for its callback. */
export interface Begun {
  /** The callback's query, as the provider answers it. */
  readonly query: string;
  readonly cookie: string;
}

/** The production server between a provider that lies on request and an API that counts, and whoever else it contacts. */
export interface FuzzStage {
  readonly provider: EvilIdp;
  readonly origin: string;
  readonly host: string;
  /** Values of the `case` parameter of API calls that arrived, since the last look. */
  takeApiCalls(): readonly string[];
  /** What must never happen, as seen from outside the requests: crashes, internal errors, strangers contacted. */
  readonly violations: readonly string[];
  /** Sends a whole request. */
  send(request: RawRequest): Promise<RawReply>;
  /** Sends bytes that may be no request, or less or more than one. */
  sendBytes(bytes: Uint8Array): Promise<RawReply>;
  begin(sub: string): Promise<Begun>;
  /** @throws {Error} if the server refuses a sign-in that nothing is wrong with */
  signIn(sub: string): Promise<FuzzVisitor>;
  /** Another process on the same ledger and keys: what it knew of the provider is forgotten. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Headers of a top-level navigation by hand. */
export const NAVIGATION: RawRequest["headers"] = [
  ["Sec-Fetch-Site", "none"],
  ["Sec-Fetch-Mode", "navigate"],
  ["Sec-Fetch-Dest", "document"],
];

/** Headers of our own page's `fetch`. */
export const OWN_FETCH: RawRequest["headers"] = [
  ["X-Coatcheck", "1"],
  ["Sec-Fetch-Site", "same-origin"],
  ["Sec-Fetch-Mode", "cors"],
  ["Sec-Fetch-Dest", "empty"],
];

export function cookieFieldOf(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

const SILENCE_MS = 500;
const CLIENT = { clientId: "fuzz", clientSecret: "fuzz-client-secret-0123456789" } as const;

export async function startFuzzStage(): Promise<FuzzStage> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-fuzz-"));
  const violations: string[] = [];
  let apiCalls: string[] = [];
  const api = await listenOnLoopback(
    createServer((request, response) => {
      apiCalls.push(/[?&]case=([\w-]+)/u.exec(request.url ?? "")?.[1] ?? `none: ${request.url ?? ""}`);
      request.resume();
      request.on("error", () => response.destroy());
      request.on("end", () => response.end('{"ok":true}'));
    }),
  );
  // Where lies lead to: nobody may ever come here.
  const stranger = await listenOnLoopback(
    createServer((request, response) => {
      violations.push(`contacted a stranger: ${request.method ?? "?"} ${(request.url ?? "").slice(0, 80)}`);
      response.end();
    }),
    { host: "127.0.0.9" },
  );
  const provider = await startProvider();
  const [appPort, webRoot] = [await freePort(), join(folder, "web")];
  const origin = `http://localhost:${appPort}`;
  const permitted = new Set([`127.0.0.1:${provider.port}`, `127.0.0.1:${api.port}`]);
  await writePage(folder);

  const environment: Record<string, string> = {
    NODE_OPTIONS: `--import=${fileURLToPath(new URL("./outbound-watch.ts", import.meta.url))}`,
    PUBLIC_ORIGIN: origin,
    PORT: String(appPort),
    DANGEROUSLY_ALLOW_HTTP: "loopback",
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    OIDC_ISSUER: provider.idp.issuer,
    OAUTH_CLIENT_ID: CLIENT.clientId,
    OAUTH_CLIENT_SECRET: CLIENT.clientSecret,
    API_ROUTES: `/api/notes=http://127.0.0.1:${api.port}/v1`,
    LEDGER_FILE: join(folder, "ledger.sqlite"),
    WEB_ROOT: webRoot,
    TRUSTED_PROXIES: "127.0.0.1",
    INSTANCES: "1",
    WORKERS: "1",
  };
  let server = await startServer();

  function startServer(): Promise<ServerProcess> {
    return startServerProcess({ entry: "serve", environment, onLine: readLine }).then((started) => {
      void started.exited.then(({ code, signal }) => {
        if (started === server && !isStopping)
          violations.push(`the server ended: ${code ?? signal ?? "unknown"}`);
      });
      return started;
    });
  }
  let isStopping = false;

  function readLine(line: string): void {
    const outbound = /^outbound (.+)$/u.exec(line)?.[1];
    if (outbound !== undefined && !permitted.has(outbound)) violations.push(`connected to ${outbound}`);
    if (/"event":"(?:internal_error|crashed|uncaught)/u.test(line))
      violations.push(`logged ${line.slice(0, 400)}`);
    if (line.includes(CLIENT.clientSecret)) violations.push("logged the client secret");
  }

  async function stopServer(): Promise<void> {
    isStopping = true;
    await server.stop("SIGTERM");
    isStopping = false;
  }

  const host = `localhost:${appPort}`;
  const send = (request: RawRequest) =>
    exchangeBytes(
      appPort,
      requestBytes({ ...request, headers: [["Host", host], someClient(), ...request.headers] }),
    );
  let clients = 0;
  /** One after the other, so that no limit for a single client is what refuses a request. */
  function someClient(): readonly [string, string] {
    clients += 1;
    return ["X-Forwarded-For", `198.51.${(clients >> 8) & 255}.${clients & 255}`];
  }

  async function begin(sub: string): Promise<Begun> {
    const answer = await send({ method: "GET", target: BFF_PATHS.login, headers: NAVIGATION });
    const location = answer.headers.get("location")?.[0];
    if (answer.status !== 302 || location === undefined)
      throw new Error(`a sign-in was refused: ${answer.whole.slice(0, 300)}`);
    return { query: await provider.idp.signIn(location, sub), cookie: cookieFieldOf(cookiesOf(answer)) };
  }

  return {
    provider: provider.idp,
    origin,
    host,
    violations,
    send,
    sendBytes: (bytes) => exchangeBytes(appPort, bytes, { endAfterMs: SILENCE_MS }),
    begin,
    takeApiCalls() {
      const taken = apiCalls;
      apiCalls = [];
      return taken;
    },
    async signIn(sub) {
      const { query, cookie } = await begin(sub);
      const target = `${BFF_PATHS.callback}?${query}`;
      const answer = await send({ method: "GET", target, headers: [...NAVIGATION, ["Cookie", cookie]] });
      const cookies = cookiesOf(answer);
      if (answer.status !== 303 || cookies.size === 0)
        throw new Error(`a callback was refused: ${answer.whole.slice(0, 300)}`);
      return { sub, cookies };
    },
    async restart() {
      await stopServer();
      server = await startServer();
    },
    async close() {
      await stopServer();
      await Promise.all([api, stranger, provider].map((one) => one.close()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Cookies that an answer sets, without those that it removes and those that only the way out needs. */
export function cookiesOf(answer: RawReply): ReadonlyMap<string, string> {
  const set = (answer.headers.get("set-cookie") ?? []).flatMap((line) => {
    const [pair = "", ...attributes] = line.split(";");
    const isRemoved = attributes.some((text) => /^\s*max-age=0$/iu.test(text));
    const isElsewhere = attributes.some((text) => /^\s*path=\/.+$/iu.test(text));
    const equals = pair.indexOf("=");
    return isRemoved || isElsewhere ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const];
  });
  return new Map(set);
}

async function startProvider(): Promise<ListeningServer & { readonly idp: EvilIdp }> {
  const port = await freePort();
  const idp = await createEvilIdp({
    issuer: `http://127.0.0.1:${port}`,
    ...CLIENT,
    algorithm: "RS256",
    nowMs: () => Date.now(),
  });
  const answer = getRequestListener(idp.app.fetch);
  const server = createServer((request, response) => void answer(request, response));
  return { ...(await listenOnLoopback(server, { port })), idp };
}

async function writePage(folder: string): Promise<void> {
  await mkdir(join(folder, "web"));
  await writeFile(
    join(folder, "web", "index.html"),
    "<!doctype html><html lang=en><title>Page</title><p>Page</p></html>",
  );
}
