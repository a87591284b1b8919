import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createHttpBrowser, type HttpBrowser } from "./http-browser.ts";
import { startDemo, type Demo } from "./start-demo.ts";

let webRoot: string;
let demo: Demo;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "coatcheck-web-"));
  await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Coats</title>");
});
afterAll(() => rm(webRoot, { recursive: true }));
afterEach(() => demo.stop());

async function startWorkers(entry: "serve" | "demo" = "serve"): Promise<HttpBrowser> {
  demo = await startDemo({
    ports: { app: 0, idp: 0, api: 0 },
    webRoot,
    entry,
    environment: { WORKERS: "2" },
  });
  await expect.poll(() => events("workers_serving").length, { timeout: 20_000 }).toBe(1);
  const browser = createHttpBrowser(demo.appUrl);
  await browser.signIn({ username: "ada", password: "ticket" });
  return browser;
}

function events(event: string): readonly Readonly<Record<string, unknown>>[] {
  return demo
    .logs()
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter((line) => line["event"] === event);
}

/** Each on a connection of its own, so that all workers get some. */
async function callApart(browser: HttpBrowser, count: number): Promise<readonly number[]> {
  const calls = Array.from(
    { length: count },
    async () => (await browser.fetch({ path: "/api/notes?limit=1" })).status,
  );
  return Promise.all(calls);
}

describe("several workers on one ledger", () => {
  it("S-084 S-087 refresh once for calls that meet an expired token in different processes", async () => {
    const browser = await startWorkers("demo");
    for (let round = 0; round < 5; round += 1) {
      expect((await browser.fetch({ path: "/api/notes?limit=1" })).status).toBe(200);
      expect((await browser.fetch({ method: "POST", path: "/bff/demo/expire", body: {} })).status).toBe(200);
      const { refreshes } = await demo.control.counters();
      expect(await callApart(browser, 20)).toEqual(Array.from({ length: 20 }, () => 200));
      expect((await demo.control.counters()).refreshes).toBe(refreshes + 1);
    }
    expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
    expect(new Set(events("listening").map((line) => line["pid"])).size).toBe(2);
    expect(new Set(events("refresh").map((line) => line["outcome"]))).toEqual(new Set(["led", "joined"]));
  });

  it("replaces a worker that dies, and loses no session", async () => {
    const browser = await startWorkers();
    const [victim] = events("listening").map((line) => Number(line["pid"]));
    process.kill(victim ?? 0, "SIGKILL");
    await expect.poll(() => events("listening").length, { timeout: 20_000 }).toBe(3);
    expect(events("worker_died")).toMatchObject([{ workerPid: victim, signal: "SIGKILL" }]);
    expect(await callApart(browser, 10)).toEqual(Array.from({ length: 10 }, () => 200));
  });

  it("S-145 starts new workers and drains old ones without losing a call", async () => {
    const browser = await startWorkers();
    const enough = new AbortController();
    const statuses: number[] = [];
    const calling = (async () => {
      while (!enough.signal.aborted) statuses.push(...(await callApart(browser, 4)));
    })();
    process.kill(demo.serverPid(), "SIGUSR2");
    await expect.poll(() => events("workers_replaced").length, { timeout: 20_000 }).toBe(1);
    enough.abort();
    await calling;
    expect(events("listening")).toHaveLength(4);
    expect(events("stopped")).toHaveLength(2);
    expect(statuses.length).toBeGreaterThan(8);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await browser.fetch({ method: "POST", path: "/bff/refresh" })).status).toBe(200);
    expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
  });

  it("drains all of them on SIGTERM", async () => {
    await startWorkers();
    expect(await demo.restartServer()).toEqual({ code: 0, signal: null });
    expect(events("stopped")).toHaveLength(2);
  });

  it("S-092 lets workers drain and end when the process that holds the port is killed", async () => {
    const browser = await startWorkers();
    const pids = events("listening").map((line) => Number(line["pid"]));
    const { id } = await demo.control.addFault({ kind: "hold", grant: "refresh_token" });
    const refreshing = browser.fetch({ method: "POST", path: "/bff/refresh" });
    expect(await demo.control.waitUntilHeld({ id })).toBe(true);
    await demo.stopServer("SIGKILL");
    await demo.control.release(id);
    expect((await refreshing).status).toBe(200);
    await expect.poll(() => pids.filter((pid) => isAlive(pid)), { timeout: 20_000 }).toEqual([]);
    await demo.startServer();
    expect((await browser.fetch({ path: "/api/notes" })).status).toBe(200);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
}
