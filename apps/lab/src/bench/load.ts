import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchScenario } from "./scenarios.ts";

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of 400 and more, and connections that failed. */
  readonly failed: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly scenario: Pick<BenchScenario, "method" | "bodyBytes" | "connections">;
  readonly seconds: number;
}

/** Sends requests for so long by `wrk`, one thread, every connection busy all the time. @throws {Error} with what it said if it ends otherwise */
export async function load({ url, headers, scenario, seconds }: LoadOptions): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-load-"));
  try {
    const script = join(folder, "script.lua");
    await writeFile(script, luaScript(scenario));
    const args = [
      "--threads=1",
      `--connections=${scenario.connections}`,
      `--duration=${seconds}s`,
      "--timeout=30s",
      `--script=${script}`,
      ...Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
      url,
    ];
    const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    const figures = /^RESULT (.+)$/mu.exec(said)?.[1]?.split(" ").map(Number);
    if (figures === undefined) throw new Error(`wrk said no result:\n${said}`);
    const [requests = 0, micros = 1, p50 = 0, p99 = 0, failed = 0] = figures;
    return { requests, seconds: micros / 1e6, p50Ms: p50 / 1_000, p99Ms: p99 / 1_000, failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function luaScript({ method, bodyBytes }: LoadOptions["scenario"]): string {
  const body = bodyBytes === undefined ? "" : `wrk.body = string.rep("x", ${bodyBytes})`;
  return `
wrk.method = "${method}"
${body}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
`;
}
