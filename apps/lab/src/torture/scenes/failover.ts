import type { Ledger, RecordAddress } from "@coatcheck/tokens";
import { createRedisLedger } from "@coatcheck/tokens/redis";
import { createCluster } from "redis";
import { brokenOf, defineScene, type Act, type Say } from "../scene.ts";
import { percentile } from "../stage/percentile.ts";
import { startClusterProcesses, type RedisFleet } from "../stage/redis-process.ts";
import { sleep } from "../stage/sleep.ts";
import { workThrough } from "../../work-through.ts";

const WRITERS = 32;
const READERS = 64;
const WAIT_MS = 2_000;
const RETRY_MS = 20;

/** What keeps a master from answering what only it has. */
const GUARDS: Readonly<
  Record<string, { readonly about: string; readonly replicas: number; readonly settings: readonly string[] }>
> = {
  none: { about: "nothing waits for replicas", replicas: 0, settings: [] },
  "min-replicas": {
    about: "min-replicas-to-write 1",
    replicas: 0,
    settings: ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"],
  },
  wait: { about: "steps wait for one replica", replicas: 1, settings: [] },
};

/** What a step costs while all is well, and which of those that were answered a failover has lost. */
export const failover = defineScene({
  about:
    "masters of a Redis Cluster killed under steps of the ledger; with replication waited for, no step that was answered is lost",
  options: {
    failovers: { default: 6, least: 1 },
    calmSeconds: { default: 5, least: 1 },
    behindMs: { default: 500, least: 0 },
    guards: { default: Object.keys(GUARDS).join(",") },
  },
  acts: ({ failovers, calmSeconds, behindMs, guards }) =>
    guards.split(",").map((guard): Act => {
      const { replicas, settings, about } = GUARDS[guard] ?? {};
      if (replicas === undefined)
        throw new RangeError(`--guards takes some of ${Object.keys(GUARDS).join(",")}.`);
      return {
        title: `a Redis Cluster of three masters with a replica each; ${about}; ${failovers} masters killed, ${behindMs} ms after they lost their replica`,
        async play(say) {
          const fleet = await startClusterProcesses(settings);
          try {
            const report = {
              guard,
              behindMs,
              ...(await measure(fleet, { replicas, failovers, calmSeconds, behindMs }, say)),
            };
            return {
              report,
              rows: [
                ["steps a second while all is well", report.stepsASecond],
                ["a step takes, p50 and p99", `${report.p50Ms} ms, ${report.p99Ms} ms`],
                ["answered, of those lost", `${report.answered}, ${report.lost}`],
                ["lost by failover", report.lostByFailover.join(", ")],
                ["longest until a step worked again", `${report.longestMs} ms`],
              ],
              broken: brokenOf({
                [`${report.lost} steps were answered and lost`]: guard !== "wait" || report.lost === 0,
                "no master was killed under steps": report.lostByFailover.length === failovers,
              }),
            };
          } finally {
            await fleet.stop();
          }
        },
      };
    }),
});

async function measure(
  fleet: RedisFleet,
  {
    replicas,
    failovers,
    calmSeconds,
    behindMs,
  }: Readonly<Record<"replicas" | "failovers" | "calmSeconds" | "behindMs", number>>,
  say: Say,
) {
  const client = createCluster({
    rootNodes: fleet.url
      .replace("redis+cluster://", "")
      .split(",")
      .map((host) => ({ url: `redis://${host}` })),
    defaults: { disableOfflineQueue: true },
    topologyRefreshOnReconnectionAttemptStrategy: 100,
  });
  client.on("error", () => undefined);
  await client.connect();
  const wait = replicas > 0 ? { wait: { replicas, ms: WAIT_MS } } : {};
  const ledger = await createRedisLedger({ client, ...wait });
  const writing = startWriting(ledger);
  await sleep(calmSeconds * 1_000);
  const calm = [...writing.tookMs];
  const lostByFailover: number[] = [];
  const known = new Set<string>();
  for (let count = 0; count < failovers; count += 1) {
    await fleet.failOver(behindMs);
    const lost = await findLost(
      ledger,
      [...writing.answered].filter((key) => !known.has(key)),
    );
    for (const key of lost) known.add(key);
    lostByFailover.push(lost.length);
    say(`${count + 1} failovers, ${writing.answered.size} steps answered, ${known.size} lost`);
  }
  await writing.stop();
  await ledger.close();
  client.destroy();
  return {
    stepsASecond: Math.round(calm.length / calmSeconds),
    p50Ms: tenths(percentile(calm, 0.5)),
    p99Ms: tenths(percentile(calm, 0.99)),
    answered: writing.answered.size,
    lost: known.size,
    lostByFailover,
    longestMs: Math.round(writing.longestMs()),
  };
}

/** Each writer records one success after the other, each of a session of its own, and repeats what failed. */
function startWriting(ledger: Ledger) {
  const answered = new Set<string>();
  const tookMs: number[] = [];
  let longest = 0;
  const over = new AbortController();

  async function write(writer: number): Promise<void> {
    for (let count = 0; !over.signal.aborted; count += 1) {
      const key = `${writer}-${count}`;
      const startedAt = performance.now();
      while (!(await isPublished(ledger, key))) await sleep(RETRY_MS);
      answered.add(key);
      const took = performance.now() - startedAt;
      tookMs.push(took);
      longest = Math.max(longest, took);
    }
  }

  const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
  return {
    answered,
    tookMs,
    longestMs: () => longest,
    async stop() {
      over.abort();
      await Promise.all(writers);
    },
  };
}

async function isPublished(ledger: Ledger, key: string): Promise<boolean> {
  try {
    await ledger.publish(at(key), { generation: 0, fence: key, sealed: "s" });
    return true;
  } catch {
    // It is repeated, as a process does with what it got from the provider.
    return false;
  }
}

async function findLost(ledger: Ledger, keys: readonly string[]): Promise<readonly string[]> {
  const lost: string[] = [];
  await workThrough(keys, READERS, async (key) => {
    if (!(await isThere(ledger, key))) lost.push(key);
  });
  return lost;
}

/** Asks until the client has found the new master. */
async function isThere(ledger: Ledger, key: string): Promise<boolean> {
  for (;;) {
    try {
      return (await ledger.read(at(key), 0)).highestSpent >= 0;
    } catch {
      // Still on its way there.
      await sleep(RETRY_MS);
    }
  }
}

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 3_600_000, endedKeepMs: 3_600_000 };
}

function tenths(ms: number): number {
  return Math.round(10 * ms) / 10;
}
