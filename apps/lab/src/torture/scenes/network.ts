import { brokenOf, defineScene } from "../scene.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors } from "../stage/bring-visitor.ts";
import { sleep } from "../stage/sleep.ts";
import { onStage, type Stage } from "../stage/stage.ts";
import { keepCalling, type CallOutcome } from "../stage/visitor.ts";

const PAUSE_MS = 300;
/** Longer than a process takes to call a store steady again, and a request to wait for it. */
const CALM_MS = 20_000;
const SKEW_MS = 180_000;
const FAR_STORE_MS = 25;
const LATE_MS = 3_000;
const LATE_PAUSE_MS = 2_000;

type TroubleName = "clock" | "partition" | "far" | "late";

interface Trouble {
  readonly about: string;
  /** Answers that aren't 200 and are no failure: nobody can hold what is asked of them. */
  readonly allows: readonly number[];
  /** By instance. */
  readonly clockOffsetsMs?: readonly number[];
  /** What the network does while calls are made. */
  play(this: void, stage: Stage, seconds: number): Promise<void>;
}

const TROUBLES: Readonly<Record<TroubleName, Trouble>> = {
  clock: {
    about: "the clocks of two of three instances are wrong by three minutes, one fast and one slow",
    allows: [],
    clockOffsetsMs: [0, SKEW_MS, -SKEW_MS],
    play: (_stage, seconds) => sleep(seconds * 1_000),
  },
  partition: {
    about: "the network between one of three instances and the store is cut while tokens expire",
    allows: [503],
    async play({ relays }, seconds) {
      relays[0]?.cut();
      await sleep(seconds * 1_000);
      relays[0]?.mend();
    },
  },
  far: {
    about: `the store is ${2 * FAR_STORE_MS} ms away from all three instances`,
    allows: [],
    async play({ relays }, seconds) {
      for (const relay of relays) relay.setDelay(FAR_STORE_MS);
      await sleep(seconds * 1_000);
    },
  },
  late: {
    about: `the store answers ${LATE_MS / 1_000} s late, now and then`,
    allows: [503],
    async play({ relays }, seconds) {
      const until = performance.now() + seconds * 1_000;
      while (performance.now() < until) {
        for (const relay of relays) relay.setDelay(LATE_MS);
        await sleep(LATE_PAUSE_MS);
        for (const relay of relays) relay.setDelay(0);
        await sleep(LATE_PAUSE_MS);
      }
    },
  },
};
const TROUBLE_NAMES = Object.keys(TROUBLES) as TroubleName[];

export interface NetworkOptions {
  readonly ledger: "redis" | "postgres";
  readonly sessions: number;
  readonly tokenSeconds: number;
  readonly seconds: number;
}

/** Instances, store and clocks that aren't where they should be. */
export const network = defineScene({
  about:
    "a partition between an instance and the store, a store that is far or late, clocks that differ by minutes: no session is lost, no refresh token sent twice",
  options: {
    trouble: { default: "all", oneOf: ["all", ...TROUBLE_NAMES] },
    ledger: { default: "redis", oneOf: ["redis", "postgres"] },
    sessions: { default: 10, least: 1 },
    tokenSeconds: { default: 5, least: 2 },
    seconds: { default: 30, least: 1 },
  },
  acts: ({ trouble, ...options }) =>
    (trouble === "all" ? TROUBLE_NAMES : [trouble]).map((name) => ({
      title: `${TROUBLES[name].about}: ${options.sessions} sessions, ${options.seconds} s, ${options.ledger}`,
      async play() {
        const report = await playNetwork(name, options);
        return {
          report,
          rows: [
            [
              "calls, of those 200, 503, others",
              [report.calls, report.ok, report.unavailable, report.others].join(", "),
            ],
            ["refreshes by the provider's count", report.refreshes],
            ["reuse detected, grants revoked", `${report.reuseDetected}, ${report.grantsRevoked}`],
            ["sessions lost", report.lost],
            ...report.surprises.map((words) => ["!", words] as const),
          ],
          broken: brokenOf({
            "calls are answered 200, or 503 where that can't be": report.isAnswered,
            "tokens were refreshed": report.refreshes > 0,
            "no refresh token is sent twice": report.reuseDetected === 0,
            "no session is lost": report.lost === 0 && report.grantsRevoked === 0,
          }),
        };
      },
    })),
});

export async function playNetwork(name: TroubleName, options: NetworkOptions) {
  const { clockOffsetsMs = [], allows, play } = TROUBLES[name];
  const { ledger, sessions, tokenSeconds, seconds } = options;
  const stageOptions = {
    target: coatcheck,
    tokenSeconds,
    people: sessions,
    ledger,
    instances: 3,
    isRelayed: true,
    clockOffsetsMs,
  } as const;
  return onStage(stageOptions, async (stage) => {
    const visitors = await bringVisitors(stage, sessions);
    const { refreshes: refreshesBefore } = stage.idp.counters();
    let isOver = false;
    const calling = Promise.all(visitors.map((visitor) => keepCalling(visitor, PAUSE_MS, () => !isOver)));
    await play(stage, seconds);
    await sleep(allows.length === 0 ? 0 : CALM_MS);
    isOver = true;
    const calls = (await calling).flat();
    const last = await Promise.all(visitors.map((visitor) => visitor.call()));
    const { refreshes, reuseDetected, grantsRevoked } = stage.idp.counters();
    const withStatus = (status: number): number => calls.filter((call) => call.status === status).length;
    const others = calls.filter(({ status }) => status !== 200 && status !== 503);
    return {
      trouble: name,
      ledger,
      calls: calls.length,
      ok: withStatus(200),
      unavailable: withStatus(503),
      others: others.length,
      isAnswered: calls.every(({ status }) => status === 200 || allows.includes(status)),
      refreshes: refreshes - refreshesBefore,
      reuseDetected,
      grantsRevoked,
      lost: last.filter(({ status }) => status !== 200).length,
      surprises: describeOthers(others),
    };
  });
}

const MOST_SHOWN = 5;

function describeOthers(calls: readonly CallOutcome[]): readonly string[] {
  return calls.slice(0, MOST_SHOWN).map(({ status, problem = "", text }) => `${status} ${problem} ${text}`);
}
