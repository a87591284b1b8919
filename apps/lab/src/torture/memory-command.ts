import { parseArgs } from "node:util";
import { DEFAULT_KEEPER_POLICY } from "@coatcheck/tokens";
import { appendToJsonList } from "./json-list.ts";
import { heapBytes, LEDGERS, type WeighedLedger } from "./ledger-weight.ts";
import { createCrowd } from "./refreshing-crowd.ts";

/**
 * `pnpm torture:memory`: what sessions that refresh weigh in each ledger and in the process, and that nothing is left of
 * them one idle timeout plus the longest request (and 60 s for clocks) after the last refresh. Ends with exit code 1 if
 * something is, or if a refresh failed.
 */
const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "100000" },
    refreshes: { type: "string", default: "1" },
    ledgers: { type: "string", default: Object.keys(LEDGERS).join(",") },
    json: { type: "string" },
  },
});
const sessions = Number(values.sessions);
const refreshes = Number(values.refreshes);
const BETWEEN_REFRESHES_MS = 300_000;
const CLOCK_SLACK_MS = 60_000;
const SWEEP_STEP_MS = 2_000;
const { idleTimeoutSeconds, longestRequestMs, absoluteTimeoutSeconds } = DEFAULT_KEEPER_POLICY;
const boundMs = idleTimeoutSeconds * 1_000 + longestRequestMs + CLOCK_SLACK_MS;

let isBroken = false;
for (const name of values.ledgers.split(",")) {
  const open = LEDGERS[name];
  if (open === undefined) throw new RangeError(`There is no ledger ${name}.`);
  let nowMs = Date.now();
  const weighed = await open(() => nowMs);
  try {
    const report = await weigh(name, weighed, {
      now: () => nowMs,
      advance: (ms) => void (nowMs += ms),
    });
    if (values.json !== undefined) await appendToJsonList(values.json, [report]);
    console.log(`${name}: ${sessions} sessions, ${refreshes} refresh(es) each, ${report.failed} failed`);
    console.log(`  bytes a session in the ledger            ${report.bytesASession}`);
    console.log(
      `  bytes a session in the process besides   ${report.processBytesASession ?? "in the above"}`,
    );
    console.log(`  records after the bound (${boundMs / 1_000} s)        ${report.recordsLeft}`);
    isBroken ||= report.failed > 0 || report.recordsLeft !== 0;
  } finally {
    await weighed.close();
  }
}
process.exitCode = isBroken ? 1 : 0;

async function weigh(
  name: string,
  weighed: WeighedLedger,
  clock: { readonly now: () => number; readonly advance: (ms: number) => void },
) {
  const absoluteDeadline = clock.now() + absoluteTimeoutSeconds * 1_000;
  const crowd = createCrowd({ ledger: weighed.ledger, sessions, absoluteDeadline, nowMs: clock.now });
  const [bytesBefore, heapBefore] = [await weighed.bytes(), heapBytes()];
  let issuedAt = clock.now() - BETWEEN_REFRESHES_MS;
  let failed = 0;
  for (let generation = 0; generation < refreshes; generation += 1) {
    const sentAt = clock.now();
    failed += await crowd.refreshAll(generation, issuedAt);
    issuedAt = sentAt;
    // A store with its own clock has to be told the token's end by ours: it moves only as far as the tokens live.
    if (generation + 1 < refreshes) clock.advance(BETWEEN_REFRESHES_MS);
  }
  const [bytesAfter, heapAfter] = [await weighed.bytes(), heapBytes()];
  const aSession = (bytes: number): number => Math.round(bytes / sessions);
  return {
    ledger: name,
    sessions,
    refreshes,
    failed,
    bytesASession: aSession(bytesAfter - bytesBefore),
    processBytesASession: name === "memory" ? undefined : aSession(heapAfter - heapBefore),
    boundSeconds: boundMs / 1_000,
    recordsLeft: await recordsLeft(weighed, clock.advance),
  };
}

/** How many records outlive the bound. */
async function recordsLeft(weighed: WeighedLedger, advance: (ms: number) => void): Promise<number> {
  if (weighed.goesByOurClock) {
    advance(boundMs + SWEEP_STEP_MS);
    return weighed.bodies();
  }
  // Redis takes away by itself what has outlived its lifetime.
  return (await weighed.longestLifeMs()) <= boundMs + SWEEP_STEP_MS ? 0 : weighed.bodies();
}
