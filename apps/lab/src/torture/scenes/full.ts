import { brokenOf, defineScene } from "../scene.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors } from "../stage/bring-visitor.ts";
import { fillMemory } from "../stage/fill-memory.ts";
import { sleep } from "../stage/sleep.ts";
import { onStage } from "../stage/stage.ts";
import { keepCalling, type CallOutcome, type Visitor } from "../stage/visitor.ts";

export interface FullOptions {
  readonly seconds: number;
  readonly sessions: number;
  readonly tokenSeconds: number;
}

const LONG_SECONDS = 3_600;
const PAUSE_MS = 200;
/** Longer than a process takes to call a store steady again, and a request to wait for it. */
const CALM_MS = 20_000;

/** Redis has no memory left while tokens expire. */
export const full = defineScene({
  about:
    "Redis without memory while tokens expire: at most 2 changes of state in the log, calls with living tokens go on, no session is lost",
  options: {
    seconds: { default: 30, least: 1 },
    sessions: { default: 10, least: 1 },
    tokenSeconds: { default: 5, least: 2 },
  },
  acts: (options) => [
    {
      title: `2 x ${options.sessions} sessions; Redis is full for ${options.seconds} s`,
      async play() {
        const report = await playFull(options);
        return {
          report,
          rows: [
            ["calls with living tokens, of those 200", `${report.living}, ${report.livingOk}`],
            [
              "calls on tokens that expire: 200, 503, others",
              [report.ok, report.unavailable, report.others].join(", "),
            ],
            ["changes of the store's state in the log", report.changes.join(", ")],
            ["writes of others that were refused", report.refusedWrites],
            ["sessions lost", report.lost],
          ],
          broken: brokenOf({
            "calls with living tokens go on": report.living === report.livingOk,
            "calls on expired tokens are answered 200 or 503": report.others === 0,
            "at most 2 changes of state in the log": report.changes.length <= 2,
            "no session is lost": report.lost === 0 && report.grantsRevoked === 0,
            "Redis was full": report.refusedWrites > 0 && report.unavailable > 0,
          }),
        };
      },
    },
  ],
});

export async function playFull({ seconds, sessions, tokenSeconds }: FullOptions) {
  const stageOptions = { target: coatcheck, tokenSeconds, people: 2 * sessions, ledger: "redis" } as const;
  return onStage(stageOptions, async (stage) => {
    await stage.control.setAccessTokenLifetime(LONG_SECONDS);
    const living = await bringVisitors(stage, sessions);
    await stage.control.setAccessTokenLifetime(null);
    const expiring = await bringVisitors(stage, sessions);
    let isOver = false;
    const callOn = async (visitors: readonly Visitor[]): Promise<readonly CallOutcome[]> =>
      (await Promise.all(visitors.map((visitor) => keepCalling(visitor, PAUSE_MS, () => !isOver)))).flat();
    const calls = Promise.all([callOn(living), callOn(expiring)]);
    const refusedWrites = await fillMemory(stage.redis?.url ?? "", seconds);
    await sleep(CALM_MS);
    isOver = true;
    const [ofLiving, ofExpiring] = await calls;
    const last = await Promise.all([...living, ...expiring].map((visitor) => visitor.call()));
    const withStatus = (status: number): number => ofExpiring.filter((call) => call.status === status).length;
    return {
      seconds,
      refusedWrites,
      living: ofLiving.length,
      livingOk: ofLiving.filter(({ status }) => status === 200).length,
      ok: withStatus(200),
      unavailable: withStatus(503),
      others: ofExpiring.length - withStatus(200) - withStatus(503),
      changes: stage.instance(0).storeChanges?.() ?? [],
      lost: last.filter(({ status }) => status !== 200).length,
      grantsRevoked: stage.idp.counters().grantsRevoked,
    };
  });
}
