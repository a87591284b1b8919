import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@coatcheck/testkit/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const COATCHECK = fileURLToPath(new URL("../coatcheck.ts", import.meta.url));
const SOON = { timeout: 20_000, interval: 50 };

/** Where the log goes: a shell's words after the command. */
const LOGS = [
  ["a reader of stdout that leaves after two lines", "| head -n 2"],
  ["a reader that leaves at once", "| true"],
  ["a reader of both that leaves", "2>&1 | head -n 1"],
  ["a reader that never reads", "| sleep 60"],
  ["stdout on a full disk", "> /dev/full"],
  ["stdout and stderr on a full disk", "> /dev/full 2>&1"],
  ["stdout closed", ">&-"],
] as const;

describe.skipIf(!existsSync("/dev/full"))("a server whose log nobody takes", { timeout: 60_000 }, () => {
  let folder: string;
  let port: number;
  let metricsPort: number;
  let shell: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "coatcheck-log-"));
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    [port, metricsPort] = [await freePort(), await freePort()];
  });

  afterEach(() => {
    // Whatever the test left of its own: shell, reader and server are one group.
    if (shell.pid !== undefined) spawnSync("kill", ["-9", "--", `-${shell.pid}`]);
    rmSync(folder, { recursive: true });
  });

  async function start(redirection: string, workers: number): Promise<number> {
    const environment = {
      PATH: process.env["PATH"],
      PUBLIC_ORIGIN: `http://localhost:${port}`,
      DANGEROUSLY_ALLOW_HTTP: "loopback",
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      COOKIE_KEYS: "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY",
      OIDC_ISSUER: "http://127.0.0.1:9",
      OAUTH_CLIENT_ID: "app",
      OAUTH_CLIENT_SECRET: "p3zQ0-vT7_client",
      INSTANCES: "1",
      WORKERS: String(workers),
      WEB_ROOT: folder,
      LEDGER_FILE: join(folder, "ledger.sqlite"),
    };
    const pidFile = join(folder, "pid");
    const serve = `"${process.execPath}" "${COATCHECK}" serve & echo $! > "${pidFile}"; wait $!; echo $? > "${pidFile}.exit"`;
    shell = spawn("sh", ["-c", `{ ${serve}; } ${redirection}`], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    shell.stdout?.resume();
    shell.stderr?.resume();
    await expect.poll(() => statusOf("/healthz"), SOON).toBe(200);
    return Number(readFileSync(pidFile, "utf8"));
  }

  async function statusOf(path: string): Promise<number> {
    try {
      return (await fetch(`http://localhost:${port}${path}`)).status;
    } catch {
      return 0;
    }
  }

  /** A request that writes a log line. */
  async function report(): Promise<number> {
    const headers = { "content-type": "application/csp-report" };
    const init = {
      method: "POST",
      headers,
      body: JSON.stringify({ "csp-report": { "blocked-uri": "inline" } }),
    };
    return (await fetch(`http://localhost:${port}/bff/csp-report`, init)).status;
  }

  function childrenOf(pid: number): readonly number[] {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  }

  it.each(LOGS)("answers, and ends in order: %s (%s)", async (_log, redirection) => {
    const pid = await start(redirection, 1);
    for (let times = 0; times < 5; times += 1) expect(await report()).toBe(204);
    expect(await statusOf("/healthz")).toBe(200);
    process.kill(pid, "SIGTERM");
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
    await expect.poll(() => existsSync(join(folder, "pid.exit")), SOON).toBe(true);
    expect(readFileSync(join(folder, "pid.exit"), "utf8").trim()).toBe("0");
  });

  it.each(LOGS)("leaves no worker behind when it is killed: %s (%s)", async (_log, redirection) => {
    const pid = await start(redirection, 2);
    expect(await report()).toBe(204);
    const workers = childrenOf(pid);
    expect(workers).toHaveLength(2);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => workers.filter(isAlive), SOON).toEqual([]);
  });

  it("counts the lines that are lost, for its metrics", async () => {
    await start("> /dev/full", 2);
    for (let times = 0; times < 3; times += 1) await report();
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const [, count = "0"] = /^coatcheck_log_lines_dropped_total (\d+)$/mu.exec(metrics) ?? [];
    // Two workers and the process that holds the port: `listening` of each, and what was reported.
    expect(Number(count)).toBeGreaterThanOrEqual(6);
  });
});

/** A process that has ended and that nobody has waited for counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
