import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { coatcheck } from "../torture/stage/adapters/coatcheck.ts";
import { bringVisitor } from "../torture/stage/bring-visitor.ts";
import { percentile } from "../torture/stage/percentile.ts";
import { onStage } from "../torture/stage/stage.ts";
import type { Visitor, VisitorCall } from "../torture/stage/visitor.ts";
import { processCpuMs } from "./process-cpu.ts";

/** What one kind of call cost in one round. */
export interface CallCost {
  /** The server's CPU time a call, milliseconds; the time on the wall where the system doesn't say. */
  readonly costMs: number;
  /** From sending to the last byte, the median of the round, milliseconds. */
  readonly latencyMs: number;
}

/** The same calls through the same server: without a session, and with one whose token is fresh. */
export interface ProxiedRound {
  readonly anonymous: CallCost;
  readonly authenticated: CallCost;
}

export interface ProxiedOptions {
  readonly rounds: number;
  /** Of each kind, a round. */
  readonly calls: number;
  /** Calls under way at once. */
  readonly parallel: number;
}

const ANSWER = JSON.stringify({ coats: Array.from({ length: 20 }, (_, index) => `coat ${index}`) });
const WARM_UP_SHARE = 0.5;
const ANONYMOUS: VisitorCall = { path: "/api/open/coats", cookie: "" };
const AUTHENTICATED: VisitorCall = { path: "/api/user/coats" };

/**
 * Measures the production server (`pnpm serve`, one worker, SQLite ledger) between this process's calls and an API in it.
 *
 * @throws {Error} if any call is answered with anything but 200: a fast refusal is no measurement
 */
export async function measureProxiedCalls(options: ProxiedOptions): Promise<readonly ProxiedRound[]> {
  const upstream = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(ANSWER);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const routes = [
    { prefix: "/api/open", upstream: url, tokenKind: "none" },
    { prefix: "/api/user", upstream: url },
  ];
  try {
    return await onStage({ target: coatcheck, tokenSeconds: 3_600, people: 1, routes }, async (stage) => {
      const visitor = await bringVisitor(stage);
      const [pid = 0] = stage.instance(0).pids();
      const measure = (call: VisitorCall, calls = options.calls): Promise<CallCost> =>
        measureKind(
          visitor,
          { ...call, cookie: call.cookie ?? visitor.cookie() },
          { ...options, calls, pid },
        );
      for (const kind of [ANONYMOUS, AUTHENTICATED])
        await measure(kind, Math.ceil(options.calls * WARM_UP_SHARE));
      const rounds: ProxiedRound[] = [];
      while (rounds.length < options.rounds) {
        // Each goes first every other time: what slows the machine down hits both.
        const first = rounds.length % 2 === 0 ? await measure(ANONYMOUS) : undefined;
        const authenticated = await measure(AUTHENTICATED);
        rounds.push({ anonymous: first ?? (await measure(ANONYMOUS)), authenticated });
      }
      return rounds;
    });
  } finally {
    upstream.closeAllConnections();
    await new Promise<void>((resolve) => upstream.close(() => resolve()));
  }
}

async function measureKind(
  visitor: Visitor,
  call: VisitorCall,
  { calls, parallel, pid }: ProxiedOptions & { readonly pid: number },
): Promise<CallCost> {
  const latencies: number[] = [];
  let left = calls;
  async function callUntilDone(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const { status, text, tookMs } = await visitor.call(call);
      if (status !== 200) throw new Error(`${call.path} answered ${status} ${text}.`);
      latencies.push(tookMs);
    }
  }
  const startedAt = performance.now();
  const cpuBefore = processCpuMs(pid);
  await Promise.all(Array.from({ length: parallel }, callUntilDone));
  const cpuAfter = processCpuMs(pid);
  const wallMs = performance.now() - startedAt;
  const costMs = cpuBefore === undefined || cpuAfter === undefined ? wallMs : cpuAfter - cpuBefore;
  return { costMs: costMs / calls, latencyMs: percentile(latencies, 0.5) };
}
