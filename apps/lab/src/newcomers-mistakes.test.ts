import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { generateCookieKey } from "@coatcheck/bff";
import { findFreePort } from "@coatcheck/demo";
import { createDevIdp, type DevIdp } from "@coatcheck/dev-idp";
import { startServer, type StartedServer } from "@coatcheck/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "./repository-root.ts";

const COMMAND = join(repositoryRoot, "packages/server/src/coatcheck.ts");
const SECRET = randomBytes(16).toString("base64url");
type Environment = Readonly<Record<string, string | undefined>>;

let folder: string;
let idp: DevIdp;
let api: ListeningServer;
let good: Environment;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-mistakes-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Mine</title>");
  api = await listenOnLoopback(createServer((_, response) => response.end("{}")));
  const port = await findFreePort(0);
  const origin = `http://localhost:${port}`;
  idp = await createDevIdp({ clients: [{ clientId: "app", clientSecret: SECRET, appOrigin: origin }] });
  good = {
    PUBLIC_ORIGIN: origin,
    PORT: String(port),
    DANGEROUSLY_ALLOW_HTTP: "loopback",
    COOKIE_KEYS: generateCookieKey(randomBytes),
    OIDC_ISSUER: idp.issuer,
    OAUTH_CLIENT_ID: "app",
    OAUTH_CLIENT_SECRET: SECRET,
    API_ROUTES: `/api/notes=${api.origin}`,
    INSTANCES: "1",
    WORKERS: "1",
    WEB_ROOT: folder,
    LEDGER_FILE: join(folder, "ledger.sqlite"),
  };
});

afterAll(async () => {
  await idp.close();
  await api.close();
  rmSync(folder, { recursive: true });
});

/** What a terminal shows, and how the command ended. */
async function run(
  command: "serve" | "doctor",
  changes: Environment,
  nodeOptions: readonly string[] = [],
): Promise<{ readonly said: string; readonly status: unknown }> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, COMMAND, command], {
    cwd: folder,
    env: { PATH, HOME, ...good, ...changes },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { said: stdout + stderr, status };
}

describe("whoever starts a server is told what to change, where", () => {
  it.each<readonly [string, Environment, RegExp]>([
    [
      "a page's address for an origin",
      { PUBLIC_ORIGIN: "http://localhost:3000/app" },
      /PUBLIC_ORIGIN.*\n?.*https:\/\/app\.example\.com/u,
    ],
    ["an http provider", { OIDC_ISSUER: "http://id.example.com" }, /OIDC_ISSUER.*\n?.*https/u],
    [
      "the metadata's address for an issuer",
      { OIDC_ISSUER: "https://id.example.com/.well-known/openid-configuration" },
      /OIDC_ISSUER.*\n?.*before \/\.well-known/u,
    ],
    ["a missing secret", { OAUTH_CLIENT_SECRET: undefined }, /OAUTH_CLIENT_SECRET.*\n?.*secret/u],
    ["a sample for a secret", { OAUTH_CLIENT_SECRET: "changeme" }, /OAUTH_CLIENT_SECRET.*\n?.*sample/u],
    [
      "a phrase for a key",
      { COOKIE_KEYS: "a long phrase that somebody can remember" },
      /COOKIE_KEYS.*\n?.*coatcheck keygen/u,
    ],
    ["a wrong preset", { OAUTH_PROVIDER: "gogle" }, /OAUTH_PROVIDER.*\n?.*oidc.*google/u],
    ["a misspelt variable", { OIDC_ISUER: "https://id.example.com" }, /OIDC_ISUER.*\n?.*OIDC_ISSUER/u],
    ["several machines without Redis", { INSTANCES: "2" }, /LEDGER_REDIS_URL/u],
  ])("for %s, by serve itself", async (_, changes, words) => {
    const { said, status } = await run("serve", changes);
    expect(said).toMatch(words);
    expect(status).toBe(1);
    expect(said).not.toMatch(/^\s+at /mu);
  });

  it.each<readonly [string, Environment, RegExp]>([
    [
      "a redirect URI that isn't registered",
      { PUBLIC_ORIGIN: "http://127.0.0.1:3000" },
      /Register http:\/\/127\.0\.0\.1:3000\/bff\/callback/u,
    ],
    [
      "a wrong secret",
      { OAUTH_CLIENT_SECRET: randomBytes(16).toString("base64url") },
      /refuses this client.*\n?.*OAUTH_CLIENT_SECRET/u,
    ],
    [
      "a page that isn't built",
      { WEB_ROOT: "dist" },
      /no built page in dist.*\n?.*Build it, or set WEB_ROOT/u,
    ],
    [
      "an API that isn't there",
      { API_ROUTES: "/api/notes=http://127.0.0.1:9" },
      /\/api\/notes can't be reached.*\n?.*Start it/u,
    ],
  ])("for %s, by doctor", async (_, changes, words) => {
    const { said, status } = await run("doctor", changes);
    expect(said).toMatch(words);
    expect(status).toBe(1);
    expect(said).not.toContain(SECRET);
  });

  it("for an old Node, before anything else is loaded", async () => {
    const old =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })";
    const { said, status } = await run("serve", {}, [
      "--import",
      `data:text/javascript,${encodeURIComponent(old)}`,
    ]);
    expect(said).toBe(
      "coatcheck needs Node 22.18 or later, and this is 20.11.1: install a newer one from https://nodejs.org.\n",
    );
    expect(status).toBe(1);
  });

  it("for nothing, where nothing is wrong", async () => {
    expect(await run("doctor", {})).toEqual({ said: "", status: 0 });
  });
});

describe("whoever opens the page is told what to change", () => {
  let server: StartedServer;
  beforeAll(async () => {
    server = await startServer({}, { environment: good, log: () => undefined });
  });
  afterAll(() => server.close());

  it.each([
    ["127.0.0.1 for localhost", (port: string) => `127.0.0.1:${port}`],
    ["a development proxy that changes the Host", () => "localhost:5173"],
  ])("for %s, in the answer", async (_, hostOf) => {
    const port = good["PORT"] ?? "";
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path: "/bff/session",
      headers: { host: hostOf(port) },
    });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    const { detail } = JSON.parse(await text(answer)) as { readonly detail: string };
    expect(detail).toContain(`Only ${good["PUBLIC_ORIGIN"]} is answered`);
    expect(detail).toContain("changeOrigin: false");
  });
});
