import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@coatcheck/testkit/node";
import { createDevIdp, signInByForm, type DevIdp } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { startServer, type StartedServer } from "../process/start-server.ts";
import { runSessions, type SessionsOptions } from "./run-sessions.ts";

let folder: string;
let idp: DevIdp;
let server: StartedServer;
let environment: EnvironmentRecord;
let subject: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-sessions-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const clientSecret = randomBytes(16).toString("base64url");
  idp = await createDevIdp({
    clients: [{ clientId: "app", clientSecret, redirectUris: [`${origin}/bff/callback`] }],
  });
  environment = {
    PUBLIC_ORIGIN: origin,
    PORT: String(port),
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    OIDC_ISSUER: idp.issuer,
    OAUTH_CLIENT_ID: "app",
    OAUTH_CLIENT_SECRET: clientSecret,
    SESSION_LIST: "true",
    DANGEROUSLY_ALLOW_HTTP: "loopback",
    WEB_ROOT: folder,
    LEDGER_FILE: join(folder, "ledger.sqlite"),
    INSTANCES: "1",
  };
  // Everything stands in the variables.
  server = await startServer({}, { environment, log: () => undefined });
  subject = (await viewOf(await signIn())).user?.sub ?? "";
});
afterAll(async () => {
  await server.close();
  await idp.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  process.exitCode = undefined;
});

/** A navigation, with the headers of one, which `fetch` doesn't let anybody set. */
async function navigate(url: string, cookie = ""): Promise<IncomingMessage> {
  const headers = {
    cookie,
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  const [answer] = (await once(get(url, { headers }), "response")) as [IncomingMessage];
  answer.resume();
  return answer;
}

/** @returns the cookies of a browser that has signed in */
async function signIn(): Promise<string> {
  const begun = await navigate(`${server.origin}/bff/login`);
  const authorizationUrl = begun.headers.location ?? "";
  const callback = await signInByForm({ authorizationUrl, username: "ada", password: "ticket" });
  return cookiesOf(await navigate(callback, cookiesOf(begun)));
}

function cookiesOf({ headers }: IncomingMessage): string {
  return (headers["set-cookie"] ?? [])
    .filter((line) => !line.includes("Max-Age=0"))
    .map((line) => line.split("; ")[0])
    .join("; ");
}

interface View {
  readonly state: string;
  readonly reason?: string;
  readonly user?: { readonly sub: string };
}

async function viewOf(cookie: string): Promise<View> {
  const headers = { cookie, "x-coatcheck": "1", "sec-fetch-site": "same-origin" };
  return (await (await fetch(`${server.origin}/bff/session`, { headers })).json()) as View;
}

async function run(
  options: Partial<SessionsOptions>,
): Promise<{ readonly text: string; readonly code: unknown }> {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    }),
  );
  const whole = { configFile: undefined, subject, issuer: undefined, end: undefined, endAll: false };
  await runSessions({ environment, ...whole, ...options });
  for (const spy of spies) spy.mockRestore();
  const { exitCode: code } = process;
  process.exitCode = undefined;
  return { text: written.join(""), code };
}

async function idsOf(): Promise<readonly string[]> {
  const { text } = await run({});
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => line.match(/^\S+/u) ?? []);
}

describe("coatcheck sessions, beside a running server", () => {
  it("lists somebody's sessions and ends one, which the server knows at once", async () => {
    await expect.poll(idsOf).toHaveLength(1);
    const [first] = await idsOf();
    const other = await signIn();
    await expect.poll(idsOf).toHaveLength(2);
    const list = await run({});
    expect(list.code).toBe(0);
    expect(list.text).toMatch(
      /^Session +Signed in +Last used +Browser\n\S+ +\d{4}-\S+Z +\d{4}-\S+Z +\S+ on \S+\n/u,
    );
    const id = (await idsOf()).find((candidate) => candidate !== first) ?? "";
    expect(await run({ end: id })).toEqual({ text: expect.stringContaining(id), code: 0 });
    await expect.poll(() => viewOf(other)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(await idsOf()).not.toContain(id);
    expect((await run({ end: id })).code).toBe(1);
  });

  it("ends all of them, and nobody's at another provider", async () => {
    const cookie = await signIn();
    expect((await run({ endAll: true, issuer: "https://other.example" })).code).toBe(0);
    expect((await run({ endAll: true, subject: "somebody-else" })).code).toBe(0);
    expect(await viewOf(cookie)).toMatchObject({ state: "active" });
    expect((await run({ endAll: true })).code).toBe(0);
    await expect.poll(() => viewOf(cookie)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(await idsOf()).toEqual([]);
  });

  it("makes no ledger where there is none, and says which setting to check", async () => {
    const file = join(folder, "elsewhere.sqlite");
    const { text, code } = await run({ environment: { ...environment, LEDGER_FILE: file } });
    expect([text, code]).toEqual([expect.stringContaining("LEDGER_FILE"), 1]);
    expect(await readdir(folder)).not.toContain("elsewhere.sqlite");
  });
});
