import { parseArgs } from "node:util";
import { coatcheck } from "./adapters/coatcheck.ts";
import { appendToJsonList } from "./json-list.ts";
import { pause } from "./pause.ts";
import { percentile } from "./percentile.ts";
import { takeSeat } from "./seat.ts";
import { setStage } from "./stage.ts";
import { createTally } from "./tally.ts";
import type { CallResult, Visitor } from "./visitor.ts";

/**
 * `pnpm torture:window`: how much slower API calls are when access tokens expire under them. Two groups of sessions call
 * side by side, so that both suffer the same machine: the tokens of one expire again and again, those of the other never.
 * The token endpoint takes 300 ms. Ends with exit code 1 if p99 with expiries is more than 1.5 times p99 without.
 */
const { values } = parseArgs({
  options: {
    expiries: { type: "string", default: "100" },
    sessions: { type: "string", default: "10" },
    "token-seconds": { type: "string", default: "10" },
    "token-endpoint-ms": { type: "string", default: "300" },
    json: { type: "string" },
  },
});
const expiries = Number(values.expiries);
const sessions = Number(values.sessions);
const tokenSeconds = Number(values["token-seconds"]);
const tokenEndpointMs = Number(values["token-endpoint-ms"]);
const MOST_TIMES_SLOWER = 1.5;
const PAUSE_MS = 200;
const LONG_SECONDS = 3_600;

const stage = await setStage({
  target: coatcheck,
  instances: 1,
  workers: 1,
  ledger: "sqlite",
  tokenSeconds,
  people: 2 * sessions,
});
try {
  const tally = createTally();
  const steady = await seatGroup(LONG_SECONDS);
  await stage.control.addFault({ kind: "delay", ms: tokenEndpointMs, grant: "refresh_token" });
  const expiring = await seatGroup(undefined);
  const subs = expiring.map(({ person }) => person.sub);
  const refreshes = (): number => subs.reduce((sum, sub) => sum + stage.idp.counters(sub).refreshes, 0);
  const before = refreshes();
  console.log(
    `2 x ${sessions} sessions; tokens of one half live ${tokenSeconds} s, token calls take ${tokenEndpointMs} ms; until ${expiries} expiries`,
  );

  const goesOn = (): boolean => refreshes() - before < expiries;
  const progress = setInterval(() => console.log(`  ${refreshes() - before} expiries`), 5_000);
  const [without, withExpiries] = await Promise.all([callOn(steady, goesOn), callOn(expiring, goesOn)]);
  clearInterval(progress);

  const all = [...without, ...withExpiries];
  const times = (results: readonly CallResult[], share: number): number =>
    Math.round(
      10 *
        percentile(
          results.map(({ tookMs }) => tookMs),
          share,
        ),
    ) / 10;
  const report = {
    expiries: refreshes() - before,
    tokenEndpointMs,
    tokenSeconds,
    calls: all.length,
    ok: all.filter(({ status }) => status === 200).length,
    callsWithExpiries: withExpiries.length,
    p50WithoutMs: times(without, 0.5),
    p50WithMs: times(withExpiries, 0.5),
    p99WithoutMs: times(without, 0.99),
    p99WithMs: times(withExpiries, 0.99),
    ratio: Math.round((100 * times(withExpiries, 0.99)) / times(without, 0.99)) / 100,
    surprises: tally.surprises,
  };
  if (values.json !== undefined) await appendToJsonList(values.json, [report]);
  console.log(`\n  expiries                ${report.expiries}`);
  console.log(`  calls, of those 200     ${report.calls}, ${report.ok}`);
  console.log(`  p50 without, with       ${report.p50WithoutMs} ms, ${report.p50WithMs} ms`);
  console.log(`  p99 without, with       ${report.p99WithoutMs} ms, ${report.p99WithMs} ms`);
  console.log(`  p99 with / without      ${report.ratio} (at most ${MOST_TIMES_SLOWER})`);
  process.exitCode = report.ratio <= MOST_TIMES_SLOWER && report.ok === report.calls ? 0 : 1;

  async function seatGroup(seconds: number | undefined): Promise<readonly Visitor[]> {
    const visitors: Visitor[] = [];
    await stage.control.setAccessTokenLifetime(seconds ?? null);
    for (let count = 0; count < sessions; count += 1) visitors.push((await takeSeat(stage, tally)).visitor);
    return visitors;
  }
} finally {
  await stage.close();
}

async function callOn(visitors: readonly Visitor[], goesOn: () => boolean): Promise<readonly CallResult[]> {
  const results: CallResult[] = [];
  const one = async (visitor: Visitor): Promise<void> => {
    while (goesOn()) {
      results.push(await visitor.call());
      await pause(PAUSE_MS * (0.5 + Math.random()));
    }
  };
  await Promise.all(visitors.map(one));
  return results;
}
