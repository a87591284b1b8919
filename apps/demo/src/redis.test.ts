import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "./free-port.ts";
import { createHttpBrowser, type HttpBrowser } from "./http-browser.ts";
import { startDemo, type Demo } from "./start-demo.ts";

const REDIS = "redis-server";
const hasRedis = spawnSync(REDIS, ["--version"]).status === 0;

describe.runIf(!hasRedis && process.env["CI"] === "true")("Redis", () => {
  it("is on the PATH where CI=true", () => {
    expect(hasRedis).toBe(true);
  });
});

describe.skipIf(!hasRedis)(
  "the server with its ledger in Redis (redis-server on the PATH)",
  { timeout: 120_000 },
  () => {
    let folder: string;
    let port: number;
    let redis: ChildProcess;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "coatcheck-redis-"));
      await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
      port = await findFreePort(0);
      redis = await startRedis();
    });
    afterAll(async () => {
      await stopRedis();
      await rm(folder, { recursive: true });
    });

    async function startRedis(...settings: readonly string[]): Promise<ChildProcess> {
      const args = [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder,
        ...settings,
      ];
      const child = spawn(REDIS, args, { stdio: ["ignore", "pipe", "ignore"] });
      for await (const chunk of child.stdout) if (String(chunk).includes("Ready to accept")) break;
      child.stdout.resume();
      return child;
    }

    async function stopRedis(): Promise<void> {
      const ended = new Promise((resolve) => void redis.once("exit", resolve));
      redis.kill("SIGTERM");
      await ended;
    }

    function start(): Promise<Demo> {
      const environment = {
        LEDGER_REDIS_URL: `redis://127.0.0.1:${port}`,
        LEDGER_FILE: undefined,
        INSTANCES: "2",
      };
      return startDemo({ ports: { app: 0, idp: 0, api: 0 }, webRoot: folder, entry: "serve", environment });
    }

    async function refresh(browser: HttpBrowser): Promise<number> {
      return (await browser.fetch({ method: "POST", path: "/bff/refresh" })).status;
    }

    async function readiness(demo: Demo): Promise<number> {
      return (await createHttpBrowser(demo.appUrl).navigate("/readyz")).status;
    }

    it("keeps sessions over a restart, says when Redis is gone, and comes back by itself", async () => {
      const demo = await start();
      const browser = createHttpBrowser(demo.appUrl);
      await browser.signIn({ username: "ada", password: "ticket" });
      expect(await refresh(browser)).toBe(200);
      expect(await demo.restartServer()).toEqual({ code: 0, signal: null });
      expect(await refresh(browser)).toBe(200);

      await stopRedis();
      await expect.poll(() => readiness(demo), { timeout: 10_000 }).toBe(503);
      expect(await refresh(browser)).toBe(503);
      redis = await startRedis();
      await expect.poll(() => readiness(demo), { timeout: 10_000 }).toBe(200);
      expect(await refresh(browser)).toBe(200);
      expect(demo.logs().filter((line) => line.includes("ledger_connection_lost"))).toHaveLength(1);
      expect(demo.logs().some((line) => line.includes("ledger_connection_back"))).toBe(true);
      expect(await demo.control.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
      await demo.stop();
    });

    it("doesn't start on a Redis that evicts, or on none", async () => {
      await stopRedis();
      await expect(start()).rejects.toThrow(/LEDGER_REDIS_URL can't be reached/);
      redis = await startRedis("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru");
      await expect(start()).rejects.toThrow(/noeviction/);
    });
  },
);
