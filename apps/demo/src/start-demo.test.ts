import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionViewSchema, type SessionView } from "@coatcheck/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "./free-port.ts";
import { createHttpBrowser, type HttpBrowser } from "./http-browser.ts";
import { startDemo, type Demo, type DemoOptions } from "./start-demo.ts";

const ANY_PORTS = { app: 0, idp: 0, api: 0 } as const;

let webRoot: string;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "coatcheck-web-"));
  await mkdir(join(webRoot, "assets"));
  await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Coats</title>");
  await writeFile(join(webRoot, "assets/app-3fa9c2d1.js"), "export {};");
});

afterAll(() => rm(webRoot, { recursive: true }));

function start(options: DemoOptions = {}): Promise<Demo> {
  return startDemo({ ports: ANY_PORTS, webRoot, ...options });
}

async function signedIn(demo: Demo): Promise<HttpBrowser> {
  const browser = createHttpBrowser(demo.appUrl);
  await browser.signIn({ username: "ada", password: "ticket" });
  return browser;
}

async function sessionOf(browser: HttpBrowser): Promise<SessionView> {
  const response = await browser.fetch({ path: "/bff/session" });
  return sessionViewSchema.parse(await response.json());
}

const STRANGE_TARGETS = [
  "/..%2f..%2fetc/passwd",
  "/../../etc/passwd",
  "/assets/../../package.json",
  "/assets/..%5c..%5cpackage.json",
  "/.env",
  "/%2e%2e/%2e%2e/etc/passwd",
  "//etc/passwd",
  "/%",
  "/%00",
  "/%ff",
  "/bff/..%2f",
  "/bff/../assets/x",
  "/api/..;/x",
  "/\\evil.example",
  "*",
  "evil",
  "http://evil.example/",
  "http://[/",
  `/${"a".repeat(10_000)}`,
] as const;

/** Writes a request line as it is, which a URL wouldn't survive. */
function sendRaw(appUrl: string, target: string): Promise<string> {
  const { host, port } = new URL(appUrl);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(
        `GET ${target} HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\nconnection: close\r\n\r\n`,
      );
    });
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

/** The process that runs now has begun to drain. */
async function isDraining(demo: Demo): Promise<void> {
  const drains = (line: string): boolean =>
    line.includes('"event":"draining"') || line.includes('"event":"listening"');
  await expect.poll(() => demo.logs().findLast(drains)).toContain("draining");
}

async function readiness(
  demo: Demo,
): Promise<{ readonly status: number; readonly reasons: readonly string[] }> {
  const response = await fetch(`${demo.appUrl}/readyz`, { headers: { connection: "close" } });
  const { reasons } = (await response.json()) as { readonly reasons: readonly string[] };
  return { status: response.status, reasons };
}

describe("the demo, as processes", { timeout: 120_000 }, () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await start();
  });
  afterAll(() => demo.stop());

  it("signs a person in, calls the API, and shows no secret in its logs", async () => {
    const browser = await signedIn(demo);
    const notes = await browser.fetch({ path: "/api/notes" });
    expect(notes.status).toBe(200);
    expect(((await notes.json()) as { notes: readonly unknown[] }).notes.length).toBeGreaterThan(0);
    expect((await browser.fetch({ method: "POST", path: "/bff/refresh" })).status).toBe(200);
    expect(await sessionOf(browser)).toMatchObject({
      state: "active",
      user: { sub: "ada" },
      refresh: "possible",
    });
    const log = demo.logs().join("\n");
    expect(log).toContain('"event":"listening"');
    expect(demo.issuedSecrets().length).toBeGreaterThan(4);
    for (const secret of [...demo.secrets, ...demo.issuedSecrets().map(({ value }) => value)]) {
      expect(log.includes(secret)).toBe(false);
    }
  });

  it("S-092 S-145 keeps the session over a restart between two calls", async () => {
    const browser = await signedIn(demo);
    const before = demo.serverPid();
    expect(await demo.restartServer()).toEqual({ code: 0, signal: null });
    expect(demo.serverPid()).not.toBe(before);
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    expect(await sessionOf(browser)).toMatchObject({ state: "active" });
  });

  it("S-092 S-145 keeps the session over a restart in the middle of a refresh's token call", async () => {
    const browser = await signedIn(demo);
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    const { id } = await demo.control.addFault({ kind: "hold", grant: "refresh_token" });
    const refreshing = browser.fetch({ method: "POST", path: "/bff/refresh" });
    expect(await demo.control.waitUntilHeld({ id })).toBe(true);
    const restarted = demo.restartServer();
    await isDraining(demo);
    await demo.control.release(id);
    expect((await refreshing).status).toBe(200);
    expect(await restarted).toEqual({ code: 0, signal: null });
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
  });

  it("S-092 keeps the session when the browser goes away and the server is restarted during a token call", async () => {
    const browser = await signedIn(demo);
    const { id } = await demo.control.addFault({ kind: "hold", grant: "refresh_token" });
    const gone = new AbortController();
    const refreshing = browser.fetch({ method: "POST", path: "/bff/refresh", signal: gone.signal });
    expect(await demo.control.waitUntilHeld({ id })).toBe(true);
    gone.abort();
    await expect(refreshing).rejects.toMatchObject({ name: "AbortError" });
    const restarted = demo.restartServer();
    await isDraining(demo);
    await demo.control.release(id);
    expect(await restarted).toEqual({ code: 0, signal: null });
    expect((await browser.fetch({ method: "POST", path: "/bff/refresh" })).status).toBe(200);
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
  });

  it("keeps the session over kill -9 between two calls", async () => {
    const browser = await signedIn(demo);
    expect(await demo.restartServer({ signal: "SIGKILL" })).toMatchObject({ signal: "SIGKILL" });
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
  });

  it("moves to the next free port where one is taken, and signs in there", async () => {
    const port = await findFreePort(0);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const moved = await start({ ports: { ...ANY_PORTS, app: port } });
    expect(Number(new URL(moved.appUrl).port)).toBeGreaterThan(port);
    expect(await sessionOf(await signedIn(moved))).toMatchObject({ state: "active" });
    await moved.stop();
    other.close();
  });

  it("keeps secrets and notes from one start to the next", async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), "coatcheck-data-"));
    const first = await start({ dataFolder });
    const created = await (
      await signedIn(first)
    ).fetch({ method: "POST", path: "/api/notes", body: { title: "kept" } });
    expect(created.status).toBe(201);
    const { secrets } = first;
    await first.stop();
    const second = await start({ dataFolder });
    expect(second.secrets).toEqual(secrets);
    const notes = await (await signedIn(second)).fetch({ path: "/api/notes" });
    expect(await notes.text()).toContain('"kept"');
    await second.stop();
    await rm(dataFolder, { recursive: true });
  });

  it("S-140 starts with the provider down, says so at /readyz, and recovers by itself", async () => {
    await demo.control.addFault({ kind: "unavailable", endpoint: "any" });
    await demo.restartServer();
    expect(await readiness(demo)).toMatchObject({ status: 200, reasons: ["provider_undiscovered"] });
    const browser = createHttpBrowser(demo.appUrl);
    expect((await browser.navigate("/bff/login")).status).toBe(503);
    expect((await browser.navigate("/")).status).toBe(200);
    await demo.control.clearFaults();
    await expect.poll(async () => (await readiness(demo)).reasons, { timeout: 20_000 }).toEqual([]);
    expect(await sessionOf(await signedIn(demo))).toMatchObject({ state: "active" });
  });

  it("offers the demo's routes, scoped to the person", async () => {
    const browser = await signedIn(demo);
    expect((await browser.fetch({ method: "POST", path: "/bff/demo/expire", body: {} })).status).toBe(200);
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    const fault = { kind: "add", fault: { kind: "delay", ms: 1, user: "ines" } };
    const changed = await browser.fetch({ method: "POST", path: "/bff/demo/faults", body: fault });
    expect([changed.status, ((await changed.json()) as { kind: string }).kind]).toEqual([200, "state"]);
    expect((await demo.control.faults()).map((standing) => standing.fault.user)).toEqual(["ada"]);
    const odd = await browser.fetch({
      method: "POST",
      path: "/bff/demo/faults",
      body: { kind: "add", fault: { kind: "burn" } },
    });
    expect(await odd.json()).toEqual({ kind: "refused" });
  });
});

describe("pnpm serve, as a process", { timeout: 120_000 }, () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await start({ entry: "serve" });
  });
  afterAll(() => demo.stop());

  it("S-133 has no demo part", async () => {
    const browser = await signedIn(demo);
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
    for (const path of ["/bff/demo/expire", "/bff/demo/events", "/bff/demo/faults"]) {
      expect([path, (await browser.fetch({ path })).status]).toEqual([path, 404]);
      expect([path, (await browser.fetch({ method: "POST", path })).status]).toEqual([path, 404]);
    }
  });

  it("S-121 S-122 S-123 sends the page with strict headers, and everything else, too", async () => {
    const browser = createHttpBrowser(demo.appUrl);
    const page = await browser.navigate("/counter");
    expect(page.status).toBe(200);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe-inline");
    expect(page.headers.get("set-cookie")).toBeNull();
    for (const path of [
      "/",
      "/counter",
      "/assets/app-3fa9c2d1.js",
      "/missing.js",
      "/bff/missing",
      "/api/missing",
      "/healthz",
    ]) {
      const response = await browser.navigate(path);
      expect([path, response.headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
      expect([path, response.headers.get("content-security-policy")]).not.toEqual([path, null]);
      expect([path, response.headers.get("cross-origin-resource-policy")]).toEqual([path, "same-origin"]);
    }
  });

  it("S-124 answers what it doesn't know with a problem, never with the page", async () => {
    const browser = createHttpBrowser(demo.appUrl);
    for (const path of [
      "/bff/session;.js",
      "/bff/x.css",
      "/api/notes/x.css/",
      "/api/other",
      "/%62ff/session",
      "/assets/none.js",
    ]) {
      const response = await browser.navigate(path);
      expect([path, response.status >= 400, response.headers.get("content-type")]).toEqual([
        path,
        true,
        "application/problem+json",
      ]);
    }
  });

  it("answers the reload of a page with the page, whatever characters its path has", async () => {
    const browser = createHttpBrowser(demo.appUrl);
    for (const path of [
      "/notes/v1.2",
      "/report.pdf",
      "/C%23",
      "/what%3F",
      "/group%2Fproject",
      "/a%5Cb",
      "/100%25",
      "/a;b=c",
      "/@ada",
      "/caf%C3%A9",
      "/%E6%BC%A2%E5%AD%97/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
      "/search?q=a%20b&returnTo=//evil.example",
      `/filter?${"q=1&".repeat(3_500)}`,
    ]) {
      const page = await browser.navigate(path);
      expect([path, page.status, page.headers.get("content-type")]).toEqual([
        path,
        200,
        "text/html; charset=utf-8",
      ]);
      const asData = await browser.fetch({ path });
      expect([path, asData.headers.get("content-type")]).toEqual([path, "application/problem+json"]);
    }
  });

  it("S-125 S-138 answers the strangest targets with a 4xx and lives on", async () => {
    const pid = demo.serverPid();
    for (const target of STRANGE_TARGETS) {
      const answer = await sendRaw(demo.appUrl, target);
      expect([target, /^HTTP\/1\.1 (4\d\d) /.test(answer), answer.includes("<!doctype")]).toEqual([
        target,
        true,
        false,
      ]);
      expect([target, answer.toLowerCase().includes("x-content-type-options: nosniff")]).toEqual([
        target,
        true,
      ]);
    }
    expect((await createHttpBrowser(demo.appUrl).navigate("/healthz")).status).toBe(200);
    expect(demo.serverPid()).toBe(pid);
    expect(demo.logs().some((line) => line.includes('"level":"error"'))).toBe(false);
  });

  it("S-145 says at /readyz that it is going before it closes the port", async () => {
    const leaving = await start({ entry: "serve", environment: { DRAIN_NOTICE_SECONDS: "5" } });
    expect((await readiness(leaving)).status).toBe(200);
    const ended = leaving.stopServer();
    await isDraining(leaving);
    expect(await readiness(leaving)).toMatchObject({
      status: 503,
      reasons: expect.arrayContaining(["draining"]),
    });
    expect(await ended).toEqual({ code: 0, signal: null });
    await leaving.stop();
  });

  it("S-128 doesn't start with a bad configuration, says everything at once, and shows no secret", async () => {
    const failing = start({
      entry: "serve",
      environment: { INSTANCES: "3", PORT: "x", COOKIE_KEYS: "hunter2hunter2" },
    });
    const message = await failing.then(
      () => "started",
      (error: Error) => error.message,
    );
    for (const variable of ["PORT", "COOKIE_KEYS", "LEDGER_REDIS_URL"]) expect(message).toContain(variable);
    expect(message).not.toContain("hunter2");
  });

  it("doesn't start without a built page, and says what to do", async () => {
    await expect(start({ entry: "serve", webRoot: join(webRoot, "assets") })).rejects.toThrow(/set WEB_ROOT/);
  });
});
