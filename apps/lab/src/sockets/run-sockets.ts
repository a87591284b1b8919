import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createDevIdp, signInByForm } from "@coatcheck/dev-idp";
import { freePort } from "@coatcheck/testkit/node";
import { holdConnections } from "./hold-connections.ts";
import type { HeldConnections, Kind } from "./hold-connections.ts";

export interface SocketsOptions {
  readonly kind: Kind;
  readonly connections: number;
  readonly people: number;
  readonly say: (line: string) => void;
}

export interface SocketsResult {
  readonly kind: Kind;
  readonly connections: number;
  readonly people: number;
  /** What the process grew by, over the connections. */
  readonly rssBytesEach: number;
  readonly heapBytesEach: number;
  /** From a person's sign-out to the end of their last connection, the longest of those that were tried. */
  readonly slowestEndMs: number;
}

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

const SIGNED_OUT = 5;

/** Holds connections through one real process of the BFF, with a real provider and a real API behind it, and signs people out. */
export async function runSockets({ kind, connections, people, say }: SocketsOptions): Promise<SocketsResult> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const clientSecret = randomBytes(16).toString("base64url");
  const idp = await createDevIdp({
    clients: [{ clientId: "sockets", clientSecret, redirectUris: [`${origin}/bff/callback`] }],
    accessTokenSeconds: 3_600,
  });
  const children = [startChild("api.worker.ts"), startChild("bff.worker.ts")] as const;
  const [api, bff] = children;
  try {
    const upstream = await answerOf<{ port: number }>(api);
    const config = {
      publicOrigin: origin,
      cookieKeys: [randomBytes(32).toString("base64url")],
      provider: { preset: "oidc", issuer: idp.issuer, clientId: "sockets", clientSecret },
      routes: [{ prefix: "/api/live", upstream: `http://127.0.0.1:${upstream.port}`, websocket: true }],
      limits: { sockets: connections, socketsPerSession: connections },
      dangerouslyAllowHttp: "loopback",
    };
    await ask(bff, { config });
    const cookies: string[] = [];
    for (let person = 0; person < people; person += 1) cookies.push(await signIn(origin));
    const before = await ask<Memory>(bff, {});
    const held: HeldConnections[] = [];
    const each = Math.floor(connections / people);
    for (const cookie of cookies) held.push(await holdConnections(origin, cookie, kind, each));
    const open = each * people;
    const after = await ask<Memory>(bff, {});
    say(
      `${open} ${kind}s of ${people} people: ${mib(before.rss)} MiB before, ${mib(after.rss)} MiB with them`,
    );
    const ends: number[] = [];
    for (const [index, cookie] of cookies.slice(0, SIGNED_OUT).entries()) {
      const startedAt = performance.now();
      await signOut(origin, cookie);
      await held[index]?.closed;
      ends.push(performance.now() - startedAt);
    }
    for (const one of held) one.drop();
    return {
      kind,
      connections: open,
      people,
      rssBytesEach: Math.round((after.rss - before.rss) / open),
      heapBytesEach: Math.round((after.heapUsed + after.external - before.heapUsed - before.external) / open),
      slowestEndMs: Math.round(Math.max(...ends)),
    };
  } finally {
    await Promise.all(
      children.map(async (child) => {
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }),
    );
    await idp.close();
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function startChild(file: string): ChildProcess {
  return fork(new URL(file, import.meta.url), { execArgv: ["--expose-gc"] });
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const [answer] = (await once(child, "message")) as [Answer];
  return answer;
}

async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(message);
  return answer;
}

const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "none" };
const SCRIPT = { "x-coatcheck": "1", "sec-fetch-site": "same-origin" };

/** @returns the session's cookie, as a browser sends it */
async function signIn(origin: string): Promise<string> {
  const begun = await send(`${origin}/bff/login`, "GET", NAVIGATION);
  const authorizationUrl = begun.headers.location ?? "";
  const callback = await signInByForm({ authorizationUrl, username: "ada", password: "ticket" });
  return cookiesOf(await send(callback, "GET", { ...NAVIGATION, cookie: cookiesOf(begun) }));
}

async function signOut(origin: string, cookie: string): Promise<void> {
  const answer = await send(`${origin}/bff/logout`, "POST", { ...SCRIPT, cookie, origin });
  if (answer.statusCode !== 200) throw new Error(`sign-out answered ${answer.statusCode}`);
}

/** Not by `fetch`, which says itself what kind of request it makes. */
async function send(url: string, method: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers });
  outgoing.end(method === "POST" ? "{}" : undefined);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  incoming.resume();
  return incoming;
}

function cookiesOf({ headers }: IncomingMessage): string {
  const kept = (headers["set-cookie"] ?? []).filter((line) => !line.includes("Max-Age=0"));
  return kept.map((line) => line.split(";")[0]).join("; ");
}
