import { parseArgs } from "node:util";
import { coatcheck } from "./adapters/coatcheck.ts";
import { appendToJsonList } from "./json-list.ts";
import { pause, pauseUntil } from "./pause.ts";
import { expiryAfter, takeSeat, type Seat } from "./seat.ts";
import { API_PREFIXES, setStage, type Stage, type StageOptions } from "./stage.ts";
import { createTally, noteSurprise, type Tally } from "./tally.ts";

/**
 * `pnpm torture:resources`: pages that call two APIs at once, each with tokens of its own from one refresh token. Each API
 * refuses tokens for the other, so that a token that crosses shows as a call that isn't answered 200. Three kinds of
 * providers: one that rotates with strict reuse detection, one that never rotates, one whose refreshes answer without a
 * refresh token. Ends with exit code 1 if a call fails, a session is lost, or a round takes other than two token calls.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1000" },
    instances: { type: "string", default: "2" },
    sessions: { type: "string", default: "40" },
    calls: { type: "string", default: "5" },
    ledger: { type: "string", default: "sqlite" },
    "token-seconds": { type: "string", default: "10" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const callsToEach = Number(values.calls);
const sessions = Math.min(Number(values.sessions), rounds);
const instances = Number(values.instances);
const ledger = values.ledger === "redis" ? "redis" : "sqlite";
const JITTER_MS = 1_000;
const PROVIDERS = {
  rotating: {},
  "never rotating": { rotateRefreshToken: false },
  "no refresh token in refreshes": { rotateRefreshToken: false, refreshTokenInRefreshes: false },
} as const satisfies Record<string, Partial<StageOptions>>;

let isBroken = false;
for (const [provider, options] of Object.entries(PROVIDERS)) {
  console.log(
    `\n${provider}: ${rounds} rounds of 2 x ${callsToEach} calls, ${instances} instances, ledger ${ledger}`,
  );
  const stage = await setStage({
    target: coatcheck,
    instances,
    workers: 1,
    ledger,
    tokenSeconds: Number(values["token-seconds"]),
    people: sessions,
    apis: 2,
    ...options,
  });
  try {
    const tally = createTally();
    await play(stage, tally);
    const counters = stage.idp.counters();
    const report = {
      provider,
      rounds: tally.rounds,
      instances,
      ledger,
      apiCalls: tally.apiCalls,
      apiOk: tally.apiOk,
      tokenCalls: counters.refreshes - tally.setUpTokenCalls,
      reuseDetected: counters.reuseDetected,
      grantsRevoked: counters.grantsRevoked,
      sessionsLost: tally.sessionsLost,
      surprises: tally.surprises,
    };
    if (values.json !== undefined) await appendToJsonList(values.json, [report]);
    console.log(`  calls, of those 200              ${report.apiCalls}, ${report.apiOk}`);
    console.log(`  token calls (two a round)        ${report.tokenCalls}`);
    console.log(`  reuse detected, grants revoked   ${report.reuseDetected}, ${report.grantsRevoked}`);
    console.log(`  sessions lost                    ${report.sessionsLost}`);
    for (const surprise of report.surprises) console.log(`  ! ${surprise}`);
    isBroken ||=
      report.apiOk !== report.apiCalls ||
      report.tokenCalls !== 2 * rounds ||
      report.reuseDetected + report.grantsRevoked + report.sessionsLost > 0;
  } finally {
    await stage.close();
  }
}
console.log(isBroken ? "Broken." : "\nAll promises kept.");
process.exitCode = isBroken ? 1 : 0;

async function play(stage: Stage, tally: Tally): Promise<void> {
  const seats: Seat[] = [];
  for (let count = 0; count < sessions; count += 1) seats.push(await takeSeatAtBoth(stage, tally));
  const progress = setInterval(() => {
    console.log(
      `  ${tally.rounds} rounds, ${tally.apiOk} of ${tally.apiCalls} calls 200, ${tally.sessionsLost} lost`,
    );
  }, 10_000);
  let left = rounds;
  const playOn = async (seat: Seat): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await playRound(stage, tally, seat);
    }
  };
  await Promise.all(seats.map(playOn));
  clearInterval(progress);
}

async function takeSeatAtBoth(stage: Stage, tally: Tally): Promise<Seat> {
  const seat = await takeSeat(stage, tally);
  const { person } = seat.visitor;
  const before = stage.idp.counters(person.sub).refreshes;
  const second = await seat.visitor.call({ path: API_PREFIXES[1] });
  if (second.status !== 200)
    noteSurprise(tally, "seat", `${person.sub}: no first call, ${second.status} ${second.words}`);
  tally.setUpTokenCalls += stage.idp.counters(person.sub).refreshes - before;
  return { visitor: seat.visitor, expiredAtMs: expiryAfter(stage, second.answeredAtMs) };
}

async function playRound(stage: Stage, tally: Tally, seat: Seat): Promise<void> {
  const { visitor } = seat;
  await pauseUntil(seat.expiredAtMs);
  await pause(Math.random() * JITTER_MS);
  const before = stage.idp.counters(visitor.person.sub).refreshes;
  const results = await Promise.all(
    Array.from({ length: callsToEach }).flatMap(() => API_PREFIXES.map((path) => visitor.call({ path }))),
  );
  const tokenCalls = stage.idp.counters(visitor.person.sub).refreshes - before;
  tally.rounds += 1;
  for (const { status, words } of results) {
    tally.apiCalls += 1;
    if (status === 200) tally.apiOk += 1;
    else noteSurprise(tally, "not 200", `${status} ${words}`);
  }
  if (tokenCalls !== 2) noteSurprise(tally, "token calls", `${tokenCalls} token calls in a round`);
  if (results.every(({ status }) => status !== 200)) tally.sessionsLost += 1;
  seat.expiredAtMs = expiryAfter(stage, Math.max(...results.map(({ answeredAtMs }) => answeredAtMs)));
}
