import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import {
  createCookieJar,
  createDevIdp,
  createDevIdpControl,
  signInByForm,
  type CookieJar,
  type DevIdp,
} from "@coatcheck/dev-idp";
import { freePort, listenOnLoopback } from "@coatcheck/testkit/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { runAlone } from "../process/run-processes.ts";
import type { RunningServer } from "../process/run-server.ts";
import { createSettingsSource } from "./settings-source.ts";

const SOON = { timeout: 20_000, interval: 20 };
const PEOPLE = 4;
const NEW_KEY_SEALS_AFTER_MS = 400;

const newSecret = (): string => randomBytes(32).toString("base64url");

let folder: string;
let origin: string;
let metrics: string;
let idp: DevIdp;
let server: RunningServer;
let clientSecret = newSecret();
const log: Record<string, unknown>[] = [];
/** Calls that wait in the API; let go by being called. */
const waiting: (() => void)[] = [];
const api = createServer(({ url }, response) => {
  if (url?.endsWith("/slow") === true) waiting.push(() => response.end("late"));
  else response.end("note");
});

const live = new WebSocketServer({ server: api });
live.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));

/** A person's browser. */
interface Visitor {
  readonly jar: CookieJar;
  readonly ask: (path: string) => Promise<number>;
  state(): Promise<unknown>;
}

async function signIn(): Promise<Visitor> {
  const jar = createCookieJar();
  /** By Node's own client: `fetch` writes `Sec-Fetch-Mode` itself. */
  async function send(path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    const url = new URL(path, origin);
    const asking = request(url, { headers: { ...headers, cookie: jar.headerFor(url) } }).end();
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    jar.accept(url, answer.headers["set-cookie"] ?? []);
    return answer;
  }
  const navigation = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const begun = await send("/bff/login", { ...navigation, "sec-fetch-site": "same-origin" });
  const authorizationUrl = begun.headers.location ?? "";
  begun.resume();
  const callback = await signInByForm({ authorizationUrl, username: "ada", password: "ticket" });
  (await send(callback, { ...navigation, "sec-fetch-site": "cross-site" })).resume();
  const script = { "x-coatcheck": "1", "sec-fetch-site": "same-origin" };
  return {
    jar,
    async ask(path) {
      const answer = await send(path, script);
      await text(answer);
      return answer.statusCode ?? 0;
    },
    state: async () => ((await json(await send("/bff/session", script))) as { readonly state: string }).state,
  };
}

async function activeKey(): Promise<string> {
  return ((await (await fetch(`${origin}/readyz`)).json()) as { readonly activeKey: string }).activeKey;
}

function events(name: string): number {
  return log.filter(({ event }) => event === name).length;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-secrets-"));
  const [port, metricsPort] = [await freePort(), await freePort()];
  origin = `http://localhost:${port}`;
  metrics = `http://127.0.0.1:${metricsPort}/metrics`;
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
  await writeFile(join(folder, "client"), clientSecret);
  await writeFile(join(folder, "keys"), newSecret());
  const { origin: upstream } = await listenOnLoopback(api);
  const routes = [
    { prefix: "/api/notes", upstream },
    { prefix: "/api/live", upstream, websocket: true },
  ];
  await writeFile(join(folder, "routes.json"), JSON.stringify(routes));
  idp = await createDevIdp({
    accessTokenSeconds: 1,
    clients: [{ clientId: "app", clientSecret, redirectUris: [`${origin}/bff/callback`] }],
  });
  const source = createSettingsSource({
    environment: {
      PUBLIC_ORIGIN: origin,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DANGEROUSLY_ALLOW_HTTP: "loopback",
      COOKIE_KEYS_FILE: join(folder, "keys"),
      OIDC_ISSUER: idp.issuer,
      OAUTH_CLIENT_ID: "app",
      OAUTH_CLIENT_SECRET_FILE: join(folder, "client"),
      API_ROUTES_FILE: join(folder, "routes.json"),
      LEDGER_FILE: join(folder, "ledger.sqlite"),
      WEB_ROOT: folder,
      INSTANCES: "1",
    },
    readTextFile: (path) => readFileSync(path, "utf8"),
  });
  const started = source.read();
  if (started.parsed.kind === "invalid") throw new Error(JSON.stringify(started.parsed.problems));
  server = await runAlone({
    settings: started.parsed.settings,
    source,
    started,
    log: (line) => void log.push(line),
    droppedLogLines: () => 0,
    newKeySealsAfterMs: NEW_KEY_SEALS_AFTER_MS,
  });
});
afterAll(async () => {
  await server.drain();
  await idp.close();
  api.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  log.length = 0;
});

describe("a server whose secrets are rotated", () => {
  it("answers 200 to every call while the client secret changes, by its file alone", async () => {
    const visitors = await Promise.all(Array.from({ length: PEOPLE }, signIn));
    const control = createDevIdpControl(idp.issuer);
    const before = clientSecret;
    const over = new AbortController();
    async function keepAsking({ ask }: Visitor): Promise<readonly number[]> {
      const statuses: number[] = [];
      while (!over.signal.aborted) statuses.push(await ask("/api/notes"));
      return statuses;
    }
    const asking = visitors.map(keepAsking);
    clientSecret = newSecret();
    await control.setClientSecrets("app", [before, clientSecret]);
    await writeFile(join(folder, "client"), clientSecret);
    await expect.poll(() => events("secrets_reread"), SOON).toBe(1);
    await control.setClientSecrets("app", [clientSecret]);
    // Each session's token expires twice more.
    const { refreshes } = idp.counters();
    await expect.poll(() => idp.counters().refreshes, SOON).toBeGreaterThan(refreshes + 2 * PEOPLE);
    over.abort();
    const statuses = (await Promise.all(asking)).flat();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(20);
    expect(events("oauth_client_refused")).toBe(0);
  });

  it("lets a call that is under way end with what it began with", async () => {
    const { ask } = await signIn();
    const slow = ask("/api/notes/slow");
    await expect.poll(() => waiting.length, SOON).toBe(1);
    await writeFile(join(folder, "keys"), `${newSecret()},${await readText("keys")}`);
    expect(await server.reread()).toBe("applied");
    expect(await ask("/api/notes")).toBe(200);
    for (const answer of waiting) answer();
    expect(await slow).toBe(200);
    await expect.poll(() => events("cookie_key_seals"), SOON).toBe(1);
  });

  it("opens the cookies of all keys, and seals with a new one only when others have had time to read it", async () => {
    const early = await signIn();
    const keyBefore = await activeKey();
    await writeFile(join(folder, "keys"), `${newSecret()},${await readText("keys")}`);
    expect(await server.reread()).toBe("applied");
    expect(await activeKey()).toBe(keyBefore);
    await expect.poll(activeKey, SOON).not.toBe(keyBefore);
    expect(events("cookie_key_seals")).toBe(1);
    expect([await early.state(), await (await signIn()).state()]).toEqual(["active", "active"]);
  });

  it("closes WebSockets with 1012, and takes them again at once", async () => {
    const { jar } = await signIn();
    async function open(): Promise<WebSocket> {
      const socket = new WebSocket(`${origin.replace("http", "ws")}/api/live`, {
        headers: { origin, cookie: jar.headerFor(new URL(origin)) },
      });
      await once(socket, "open");
      socket.send("hello");
      const [echo] = (await once(socket, "message")) as [Buffer];
      expect(echo.toString()).toBe("hello");
      return socket;
    }
    const before = await open();
    const closed = once(before, "close");
    await writeFile(join(folder, "keys"), `${newSecret()},${await readText("keys")}`);
    expect(await server.reread()).toBe("applied");
    expect((await closed)[0]).toBe(1012);
    (await open()).close();
    await expect.poll(() => events("cookie_key_seals"), SOON).toBe(1);
  });

  it("says by log and metrics that a file can't be used, and goes on with what it has", async () => {
    const gauge = async (): Promise<string> => {
      const metricsText = await (await fetch(metrics)).text();
      return /^coatcheck_secrets_stale (\d)$/mu.exec(metricsText)?.[1] ?? "none";
    };
    const visitor = await signIn();
    expect(await gauge()).toBe("0");
    await writeFile(join(folder, "client"), "");
    await expect.poll(() => events("secrets_refused"), SOON).toBe(1);
    expect(await gauge()).toBe("1");
    expect(await visitor.ask("/api/notes")).toBe(200);
    await writeFile(join(folder, "client"), clientSecret);
    await expect.poll(gauge, SOON).toBe("0");
  });
});

function readText(name: string): Promise<string> {
  return readFile(join(folder, name), "utf8");
}
