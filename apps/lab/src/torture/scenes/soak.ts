import { memoryMib } from "../../bench/process-tree.ts";
import { brokenOf, defineScene, reporting, type Say } from "../scene.ts";
import { slopeOf, type MemorySample } from "../soak/memory-slope.ts";
import { rotateSecrets } from "../soak/rotate-secrets.ts";
import { countSoakCall, createSoakTally, type Disruption } from "../soak/soak-tally.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors } from "../stage/bring-visitor.ts";
import { sleep } from "../stage/sleep.ts";
import { onStage } from "../stage/stage.ts";

export interface SoakOptions {
  readonly minutes: number;
  /** Calls a second. */
  readonly rate: number;
  readonly sessions: number;
  readonly instances: number;
  readonly ledger: "redis" | "postgres";
  readonly tokenSeconds: number;
  readonly deploySeconds: number;
  readonly failoverSeconds: number;
  readonly rotationSeconds: number;
}

const TICK_MS = 20;
const SAMPLE_MS = 5_000;
const PROGRESS_MS = 30_000;
const MOST_MIB_A_MINUTE = 1;
/** A shorter run says nothing of memory. */
const LEAST_MINUTES_OF_MEMORY = 10;

/**
 * Calls of so many seconds may be under way. The provider lives in the process that makes them: without this, a machine that
 * is behind would make it answer token calls after their deadline, and so lose sessions that nobody can keep.
 */
const MOST_SECONDS_UNDER_WAY = 5;

/** An ordinary day in half an hour. */
export const soak = defineScene({
  about:
    "calls at a steady rate while instances are deployed, the store fails over and secrets are rotated: no session lost, every answer that isn't 200 explained by a failover, memory flat",
  options: {
    minutes: { default: 30, least: 0.1 },
    rate: { default: 200, least: 1 },
    sessions: { default: 60, least: 1 },
    instances: { default: 3, least: 2 },
    ledger: { default: "redis", oneOf: ["redis", "postgres"] },
    tokenSeconds: { default: 60, least: 5 },
    deploySeconds: { default: 60, least: 5 },
    failoverSeconds: { default: 300, least: 5 },
    rotationSeconds: { default: 150, least: 30 },
  },
  acts: (options) => [
    {
      title:
        `${options.rate} calls a second of ${options.sessions} sessions for ${options.minutes} minutes, ${options.instances} instances, ${options.ledger}; ` +
        `a deploy every ${options.deploySeconds} s, a failover every ${options.failoverSeconds} s, a new client secret or cookie key every ${options.rotationSeconds} s`,
      async play(say) {
        const report = await playSoak(options, say);
        const { memory } = report;
        const isMeasured = memory !== undefined && options.minutes >= LEAST_MINUTES_OF_MEMORY;
        return {
          report,
          rows: [
            ["calls, of those 200", `${report.calls}, ${report.ok}`],
            ["not made, since the machine was behind", report.notMade],
            ["others, explained", JSON.stringify(report.explained)],
            ["others, unexplained", JSON.stringify(report.unexplained)],
            [
              "deploys, failovers, secrets rotated",
              `${report.deploys}, ${report.failovers}, ${report.rotations}`,
            ],
            ["refreshes by the provider's count", report.refreshes],
            ["reuse detected, grants revoked", `${report.reuseDetected}, ${report.grantsRevoked}`],
            ["sessions lost", report.lost],
            ["memory of the instance that stays", JSON.stringify(memory ?? "too short a run")],
          ],
          broken: brokenOf({
            "every answer is 200 or explained": Object.keys(report.unexplained).length === 0,
            "the machine keeps up": report.notMade === 0,
            "no refresh token is sent twice": report.reuseDetected === 0,
            "no session is lost": report.lost === 0 && report.grantsRevoked === 0,
            "memory is flat": !isMeasured || memory.mibAMinute <= MOST_MIB_A_MINUTE,
          }),
        };
      },
    },
  ],
});

export async function playSoak(options: SoakOptions, say: Say) {
  const { ledger, instances, sessions, tokenSeconds } = options;
  const stageOptions = {
    target: coatcheck,
    people: sessions,
    secretsInFiles: true,
    ledger,
    instances,
    tokenSeconds,
  } as const;
  return onStage(stageOptions, async (stage) => {
    const visitors = await bringVisitors(stage, sessions);
    const before = stage.idp.counters();
    const endsAtMs = Date.now() + options.minutes * 60_000;
    const isOver = (): boolean => Date.now() >= endsAtMs;
    const tally = createSoakTally();
    const disruptions: Disruption[] = [];
    async function disrupt(kind: Disruption["kind"], work: () => Promise<unknown>): Promise<void> {
      const disruption = { kind, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
      disruptions.push(disruption);
      await work();
      disruption.untilMs = Date.now();
    }

    let notMade = 0;
    async function load(): Promise<void> {
      const running = new Set<Promise<void>>();
      let made = 0;
      for (const beganAt = Date.now(); !isOver(); await sleep(TICK_MS)) {
        for (const due = ((Date.now() - beganAt) / 1_000) * options.rate; made < due; made += 1) {
          if (running.size >= MOST_SECONDS_UNDER_WAY * options.rate) {
            notMade += 1;
            continue;
          }
          const visitor = visitors[Math.floor(Math.random() * visitors.length)];
          if (visitor === undefined) throw new RangeError("There is nobody.");
          const call = visitor.call().then((outcome) => countSoakCall(tally, outcome, disruptions));
          running.add(call);
          void call.finally(() => running.delete(call));
        }
      }
      await Promise.all(running);
    }

    /** All but the first instance, which stays, so that its memory can be seen. */
    async function deploy(count: number): Promise<void> {
      const index = 1 + (count % (instances - 1));
      await stage.instance(index).stop("SIGTERM");
      await stage.startInstance(index);
    }

    const samples: MemorySample[] = [];
    async function sample(): Promise<void> {
      samples.push({ atMs: Date.now(), mib: memoryMib(stage.instance(0).pids()) });
    }

    const store = stage.redis ?? stage.postgres;
    const rotation = rotateSecrets(stage);
    const all = Promise.all([
      load(),
      every(options.deploySeconds, isOver, (count) => disrupt("deploy", () => deploy(count))),
      every(options.failoverSeconds, isOver, (count) =>
        disrupt("failover", async () => store?.restart(count % 2 === 0 ? "SIGKILL" : "SIGTERM")),
      ),
      every(options.rotationSeconds, isOver, (count) =>
        count % 2 === 0
          ? disrupt("client secret", rotation.clientSecret)
          : disrupt("cookie key", rotation.cookieKey),
      ),
      every(SAMPLE_MS / 1_000, isOver, sample),
    ]);
    await reporting(
      all,
      () => say(`${tally.calls} calls, ${tally.ok} of them 200; ${JSON.stringify(tally.unexplained)}`),
      PROGRESS_MS,
    );
    const last = await Promise.all(visitors.map((visitor) => visitor.call()));
    const { refreshes, reuseDetected, grantsRevoked } = stage.idp.counters();
    const countOf = (...kinds: readonly Disruption["kind"][]): number =>
      disruptions.filter(({ kind }) => kinds.includes(kind)).length;
    return {
      ...options,
      ...tally,
      notMade,
      deploys: countOf("deploy"),
      failovers: countOf("failover"),
      rotations: countOf("client secret", "cookie key"),
      refreshes: refreshes - before.refreshes,
      reuseDetected,
      grantsRevoked,
      lost: last.filter(({ status }) => status !== 200).length,
      memory: samples.length < 4 ? undefined : slopeOf(samples),
    };
  });
}

/** First when that time has passed once; nothing begins in the last of them. */
async function every(
  seconds: number,
  isOver: () => boolean,
  work: (count: number) => Promise<unknown>,
): Promise<void> {
  for (let count = 0; ; count += 1) {
    for (const until = Date.now() + seconds * 1_000; Date.now() < until && !isOver();)
      await sleep(TICK_MS * 10);
    if (isOver()) return;
    await work(count);
  }
}
