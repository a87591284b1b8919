import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findFreePort } from "./free-port.ts";
import { createHttpBrowser, type HttpBrowser } from "./http-browser.ts";
import { startDemo, type Demo } from "./start-demo.ts";

const CHANGE_WITHIN = { timeout: 60_000 };

describe("several workers on one ledger", { timeout: 120_000 }, () => {
  let webRoot: string;
  let demo: Demo;
  let browser: HttpBrowser;
  let metricsPort: number;

  beforeAll(async () => {
    webRoot = await mkdtemp(join(tmpdir(), "coatcheck-web-"));
    await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Coats</title>");
    metricsPort = await findFreePort(0);
    const environment = { WORKERS: "2", METRICS_PORT: String(metricsPort) };
    demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 }, webRoot, environment });
    await vi.waitUntil(() => events("workers_serving").length === 1, CHANGE_WITHIN);
    browser = createHttpBrowser(demo.appUrl);
    await browser.signIn({ username: "ada", password: "ticket" });
  }, 120_000);

  afterAll(async () => {
    await demo.stop();
    await rm(webRoot, { recursive: true });
  });

  /** Log lines of this kind, from a line on. */
  function events(event: string, from = 0): readonly Readonly<Record<string, unknown>>[] {
    return demo
      .logs()
      .slice(from)
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter((line) => line["event"] === event);
  }

  async function call(count: number): Promise<readonly number[]> {
    const one = async (): Promise<number> => (await browser.fetch({ path: "/api/notes?limit=1" })).status;
    return Promise.all(Array.from({ length: count }, one));
  }

  /** Of all workers, those that are gone included. */
  async function countOf(metric: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const line = text.split("\n").find((candidate) => candidate.startsWith(`${metric} `));
    return Number(line?.slice(metric.length + 1) ?? "0");
  }

  async function expectNothingLost(): Promise<void> {
    expect((await browser.fetch({ method: "POST", path: "/bff/refresh" })).status).toBe(200);
    expect(await call(10)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
  }

  it("S-084 S-087 refresh once for calls that meet an expired token in different processes", async () => {
    for (let round = 0; round < 5; round += 1) {
      expect(await call(1)).toEqual([200]);
      expect((await browser.fetch({ method: "POST", path: "/bff/demo/expire", body: {} })).status).toBe(200);
      const { refreshes } = await demo.control.counters();
      expect(await call(20)).toEqual(Array.from({ length: 20 }, () => 200));
      expect((await demo.control.counters()).refreshes).toBe(refreshes + 1);
    }
    expect(new Set(events("listening").map((line) => line["pid"])).size).toBe(2);
    expect(await countOf("coatcheck_workers")).toBe(2);
    const counted = await countOf('coatcheck_refresh_total{outcome="led"}');
    expect(counted).toBe((await demo.control.counters()).refreshes);
    const outcomes = events("refresh").map((line) => String(line["outcome"]));
    expect(outcomes.filter((outcome) => !["led", "joined", "replayed"].includes(outcome))).toEqual([]);
    await expectNothingLost();
  });

  it("replace a worker that dies", async () => {
    const mark = demo.logs().length;
    const [victim] = events("listening").map((line) => Number(line["pid"]));
    process.kill(victim ?? 0, "SIGKILL");
    await expect.poll(() => events("listening", mark).length, CHANGE_WITHIN).toBe(1);
    expect(events("worker_died", mark)).toMatchObject([{ workerPid: victim, signal: "SIGKILL" }]);
    await expectNothingLost();
  });

  it("S-145 are replaced, new ones first, without losing a call", async () => {
    const mark = demo.logs().length;
    const enough = new AbortController();
    const statuses: number[] = [];
    const calling = (async () => {
      while (!enough.signal.aborted) statuses.push(...(await call(4)));
    })();
    process.kill(demo.serverPid(), "SIGUSR2");
    await expect.poll(() => events("workers_replaced", mark).length, CHANGE_WITHIN).toBe(1);
    enough.abort();
    await calling;
    expect([events("listening", mark).length, events("stopped", mark).length]).toEqual([2, 2]);
    expect(statuses.length).toBeGreaterThan(8);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await countOf('coatcheck_api_calls_total{route="/api/notes",status="200"}')).toBeGreaterThan(
      statuses.length + 100,
    );
    await expectNothingLost();
  });

  it("S-092 drain and end when the process that holds the port is killed", async () => {
    const replaced = new Set(events("stopped").map((line) => line["pid"]));
    const pids = events("listening")
      .map((line) => Number(line["pid"]))
      .filter((pid) => !replaced.has(pid));
    const { id } = await demo.control.addFault({ kind: "hold", grant: "refresh_token" });
    const refreshing = browser.fetch({ method: "POST", path: "/bff/refresh" });
    expect(await demo.control.waitUntilHeld({ id })).toBe(true);
    await demo.stopServer("SIGKILL");
    await demo.control.release(id);
    expect((await refreshing).status).toBe(200);
    await expect.poll(() => pids.filter((pid) => isAlive(pid)), CHANGE_WITHIN).toEqual([]);
    await demo.startServer();
    await expectNothingLost();
  });

  it("S-145 drain, all of them, on SIGTERM", async () => {
    const mark = demo.logs().length;
    expect(await demo.restartServer()).toEqual({ code: 0, signal: null });
    expect(events("stopped", mark).length).toBeGreaterThan(0);
    expect(events("worker_died", mark)).toEqual([]);
    await expectNothingLost();
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
