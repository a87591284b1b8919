import { defineScene, reporting } from "../scene.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors } from "../stage/bring-visitor.ts";
import { percentile } from "../stage/percentile.ts";
import { onStage } from "../stage/stage.ts";
import { keepCalling, type CallOutcome, type Visitor } from "../stage/visitor.ts";

const MOST_TIMES_SLOWER = 1.5;
const PAUSE_MS = 200;
const LONG_SECONDS = 3_600;

/**
 * Two groups of sessions call side by side, so that both suffer the same machine: the tokens of one expire again and again,
 * those of the other never.
 */
export const window = defineScene({
  about: `API calls while access tokens expire under them; p99 at most ${MOST_TIMES_SLOWER} times that without expiries`,
  options: {
    expiries: { default: 100, least: 1 },
    sessions: { default: 10, least: 1 },
    tokenSeconds: { default: 10, least: 2 },
    tokenEndpointMs: { default: 300, least: 0 },
  },
  acts: ({ expiries, sessions, tokenSeconds, tokenEndpointMs }) => [
    {
      title: `2 x ${sessions} sessions; tokens of one half live ${tokenSeconds} s, token calls take ${tokenEndpointMs} ms; until ${expiries} expiries`,
      play: (say) =>
        onStage({ target: coatcheck, tokenSeconds, people: 2 * sessions }, async (stage) => {
          await stage.control.setAccessTokenLifetime(LONG_SECONDS);
          const steady = await bringVisitors(stage, sessions);
          await stage.control.addFault({ kind: "delay", ms: tokenEndpointMs, grant: "refresh_token" });
          await stage.control.setAccessTokenLifetime(null);
          const expiring = await bringVisitors(stage, sessions);
          const before = stage.idp.counters().refreshes;
          const expired = (): number => stage.idp.counters().refreshes - before;
          const callOn = async (visitors: readonly Visitor[]): Promise<readonly CallOutcome[]> => {
            const all = visitors.map((visitor) => keepCalling(visitor, PAUSE_MS, () => expired() < expiries));
            return (await Promise.all(all)).flat();
          };
          const [without, withThem] = await reporting(Promise.all([callOn(steady), callOn(expiring)]), () =>
            say(`${expired()} expiries`),
          );
          const calls = [...without, ...withThem];
          const p99WithoutMs = timeOf(without, 0.99);
          const p99WithMs = timeOf(withThem, 0.99);
          const report = {
            expiries: expired(),
            tokenEndpointMs,
            tokenSeconds,
            calls: calls.length,
            ok: calls.filter(({ status }) => status === 200).length,
            callsWithExpiries: withThem.length,
            p50WithoutMs: timeOf(without, 0.5),
            p50WithMs: timeOf(withThem, 0.5),
            p99WithoutMs,
            p99WithMs,
            ratio: Math.round((100 * p99WithMs) / p99WithoutMs) / 100,
          };
          const failed = report.calls - report.ok;
          return {
            report,
            rows: [
              ["expiries", report.expiries],
              ["calls, of those 200", `${report.calls}, ${report.ok}`],
              ["p50 without, with", `${report.p50WithoutMs} ms, ${report.p50WithMs} ms`],
              ["p99 without, with", `${p99WithoutMs} ms, ${p99WithMs} ms`],
              ["p99 with / without", `${report.ratio} (at most ${MOST_TIMES_SLOWER})`],
            ],
            broken: [
              ...(failed === 0 ? [] : [`${failed} calls were not answered 200`]),
              ...(report.ratio <= MOST_TIMES_SLOWER ? [] : [`p99 is ${report.ratio} times as long`]),
            ],
          };
        }),
    },
  ],
});

/** A tenth of a millisecond exactly. */
function timeOf(results: readonly CallOutcome[], share: number): number {
  const times = results.map(({ tookMs }) => tookMs);
  return Math.round(10 * percentile(times, share)) / 10;
}
