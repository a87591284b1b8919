import { parseArgs } from "node:util";
import { coatcheck } from "./adapters/coatcheck.ts";
import { appendToJsonList } from "./json-list.ts";
import { pause } from "./pause.ts";
import { takeSeat } from "./seat.ts";
import { setStage } from "./stage.ts";
import { createTally } from "./tally.ts";
import type { CallResult, Visitor } from "./visitor.ts";

/**
 * `pnpm torture:outage`: the token endpoint answers 503 for a minute while sessions go on calling. Calls must be answered
 * 200 while the access token lives, then 503 with `Retry-After`, and 200 again from the first call after the recovery; the
 * provider must see at most one probe a second from each process. Ends with exit code 1 otherwise.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    sessions: { type: "string", default: "10" },
    instances: { type: "string", default: "1" },
    ledger: { type: "string", default: "sqlite" },
    "token-seconds": { type: "string", default: "20" },
    json: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const sessions = Number(values.sessions);
const instances = Number(values.instances);
const tokenSeconds = Number(values["token-seconds"]);
const ledger = values.ledger === "redis" ? "redis" : "sqlite";
const PAUSE_MS = 1_000;
const AFTER_MS = 5_000;
const SAMPLE_MS = 50;
/** The provider's counter is read in steps, and calls travel: a probe may seem early by this much. */
const PROBE_SLACK = 1;
const PROBE_WINDOW_MS = 10_000;

const stage = await setStage({
  target: coatcheck,
  instances,
  workers: 1,
  ledger,
  tokenSeconds,
  people: sessions,
});
try {
  const tally = createTally();
  const seats: { readonly visitor: Visitor; readonly livesUntilMs: number }[] = [];
  for (let count = 0; count < sessions; count += 1) {
    const { visitor } = await takeSeat(stage, tally);
    seats.push({ visitor, livesUntilMs: 0 });
  }
  // A new token for everybody, so that all of them live on for about as long.
  await pause(tokenSeconds * 1_000);
  for (const [at, { visitor }] of seats.entries()) {
    const sentAtMs = Date.now();
    await visitor.call();
    seats[at] = { visitor, livesUntilMs: sentAtMs + tokenSeconds * 1_000 };
  }

  console.log(
    `${sessions} sessions, ${instances} instance(s), ledger ${ledger}; tokens live ${tokenSeconds} s`,
  );
  const beforeOutage = stage.idp.counters();
  await stage.control.addFault({ kind: "unavailable", grant: "refresh_token", forSeconds: seconds });
  const beganMs = Date.now();
  const backMs = beganMs + seconds * 1_000;
  const arrivals: number[] = [];
  const sampler = setInterval(() => {
    const total = stage.idp.counters().refreshes - beforeOutage.refreshes;
    while (arrivals.length < total && Date.now() < backMs) arrivals.push(Date.now());
  }, SAMPLE_MS);
  const progress = setInterval(() => {
    console.log(`  ${Math.round((Date.now() - beganMs) / 1_000)} s: ${arrivals.length} probes`);
  }, 10_000);
  const calls = await Promise.all(seats.map(({ visitor }) => callUntil(visitor, backMs + AFTER_MS)));
  clearInterval(sampler);
  clearInterval(progress);

  const judged = calls.map((results, at) => judge(results, seats[at]?.livesUntilMs ?? 0, backMs));
  const sum = (name: keyof (typeof judged)[number]): number =>
    judged.reduce((total, session) => total + session[name], 0);
  const counters = stage.idp.counters();
  const report = {
    seconds,
    sessions,
    instances,
    ledger,
    tokenSeconds,
    apiCalls: calls.flat().length,
    whileAlive: sum("whileAlive"),
    whileAliveOk: sum("whileAliveOk"),
    refusedWithRetryAfter: sum("refusedWithRetryAfter"),
    otherAnswers: sum("otherAnswers"),
    firstAfterOk: sum("firstAfterOk"),
    sessionsLost: sessions - sum("aliveAtEnd"),
    grantsRevoked: counters.grantsRevoked - beforeOutage.grantsRevoked,
    probes: arrivals.length,
    mostProbesIn10Seconds: mostWithin(arrivals, PROBE_WINDOW_MS),
  };
  if (values.json !== undefined) await appendToJsonList(values.json, [report]);
  const mostAllowed = instances * (PROBE_WINDOW_MS / 1_000 + PROBE_SLACK);
  console.log(
    `\n  calls while the token lived      ${report.whileAliveOk} of ${report.whileAlive} answered 200`,
  );
  console.log(
    `  then 503 with Retry-After        ${report.refusedWithRetryAfter}, other answers: ${report.otherAnswers}`,
  );
  console.log(`  first call after the recovery    ${report.firstAfterOk} of ${sessions} answered 200`);
  console.log(`  sessions lost, grants revoked    ${report.sessionsLost}, ${report.grantsRevoked}`);
  console.log(
    `  probes                           ${report.probes}, most within 10 s: ${report.mostProbesIn10Seconds}`,
  );
  const isKept =
    report.whileAliveOk === report.whileAlive &&
    report.whileAlive > 0 &&
    report.refusedWithRetryAfter > 0 &&
    report.otherAnswers === 0 &&
    report.firstAfterOk === sessions &&
    report.sessionsLost === 0 &&
    report.grantsRevoked === 0 &&
    report.mostProbesIn10Seconds <= mostAllowed;
  console.log(isKept ? "  All promises kept." : "  Broken.");
  process.exitCode = isKept ? 0 : 1;
} finally {
  await stage.close();
}

async function callUntil(visitor: Visitor, endMs: number): Promise<readonly CallResult[]> {
  const results: CallResult[] = [];
  while (Date.now() < endMs) {
    results.push(await visitor.call());
    await pause(PAUSE_MS * (0.5 + Math.random()));
  }
  return results;
}

function judge(results: readonly CallResult[], livesUntilMs: number, backMs: number) {
  const whileAlive = results.filter(({ answeredAtMs }) => answeredAtMs < livesUntilMs);
  const during = results.filter(
    ({ answeredAtMs, sentAtMs }) => answeredAtMs >= livesUntilMs && sentAtMs < backMs,
  );
  const refused = during.filter(
    ({ status, retryAfterSeconds }) => status === 503 && (retryAfterSeconds ?? 0) > 0,
  );
  const after = results.filter(({ sentAtMs }) => sentAtMs >= backMs);
  return {
    whileAlive: whileAlive.length,
    whileAliveOk: whileAlive.filter(({ status }) => status === 200).length,
    refusedWithRetryAfter: refused.length,
    // A call that was sent with the token alive, or that waited until the provider was back, is answered 200.
    otherAnswers: during.filter((result) => !refused.includes(result) && result.status !== 200).length,
    firstAfterOk: after[0]?.status === 200 ? 1 : 0,
    aliveAtEnd: after.at(-1)?.status === 200 ? 1 : 0,
  };
}

function mostWithin(arrivals: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + windowMs).length),
  );
}
