import { heapBytes, LEDGERS, type StoppedClock, type WeighedLedger } from "../memory/ledger-weight.ts";
import { createCrowd } from "../memory/refreshing-crowd.ts";
import { brokenOf, defineScene, type Act } from "../scene.ts";

const BETWEEN_REFRESHES_MS = 300_000;
const CLOCK_SLACK_MS = 60_000;
const SWEEP_STEP_MS = 2_000;
/** The keeper's own values, which the crowd leaves as they are. */
const IDLE_TIMEOUT_MS = 1_800_000;
const ABSOLUTE_TIMEOUT_MS = 43_200_000;
const LONGEST_REQUEST_MS = 300_000;
const BOUND_MS = IDLE_TIMEOUT_MS + LONGEST_REQUEST_MS + CLOCK_SLACK_MS;

export const memory = defineScene({
  about:
    "what sessions that refresh weigh in each ledger and in the process; nothing is left of them one idle timeout plus the " +
    "longest request (and 60 s for clocks) after the last refresh",
  options: {
    sessions: { default: 100_000, least: 1 },
    refreshes: { default: 1, least: 1 },
    ledgers: { default: Object.keys(LEDGERS).join(",") },
  },
  acts: ({ sessions, refreshes, ledgers }) =>
    ledgers.split(",").map((name): Act => {
      const open = LEDGERS[name];
      if (open === undefined)
        throw new RangeError(`--ledgers takes some of ${Object.keys(LEDGERS).join(",")}.`);
      return {
        title: `${name}: ${sessions} sessions, ${refreshes} refresh(es) each`,
        async play() {
          const clock = { nowMs: Date.now() };
          const weighed = await open(clock);
          try {
            const report = { ledger: name, ...(await weigh(weighed, clock, sessions, refreshes)) };
            return {
              report,
              rows: [
                ["bytes a session in the ledger", report.bytesASession],
                [
                  "bytes a session in the process besides",
                  name === "memory" ? "in the above" : report.processBytesASession,
                ],
                [`records after the bound (${report.boundSeconds} s)`, report.recordsLeft],
              ],
              broken: brokenOf({
                [`${report.failed} refreshes failed`]: report.failed === 0,
                [`${report.recordsLeft} records outlived the bound`]: report.recordsLeft === 0,
              }),
            };
          } finally {
            await weighed.ledger.close();
            await weighed.close();
          }
        },
      };
    }),
});

async function weigh(weighed: WeighedLedger, clock: StoppedClock, sessions: number, refreshes: number) {
  const absoluteDeadline = clock.nowMs + ABSOLUTE_TIMEOUT_MS;
  const crowd = createCrowd({
    ledger: weighed.ledger,
    sessions,
    absoluteDeadline,
    nowMs: () => clock.nowMs,
  });
  const [bytesBefore, heapBefore] = [await weighed.dataBytes(), heapBytes()];
  let issuedAt = clock.nowMs - BETWEEN_REFRESHES_MS;
  let failed = 0;
  for (let generation = 0; generation < refreshes; generation += 1) {
    const sentAt = clock.nowMs;
    failed += await crowd.refreshAll(generation, issuedAt);
    issuedAt = sentAt;
    // A store with its own clock has to be told the token's end by ours: it moves only as far as the tokens live.
    if (generation + 1 < refreshes) clock.nowMs += BETWEEN_REFRESHES_MS;
  }
  const aSession = (bytes: number): number => Math.round(bytes / sessions);
  const [bytesASession, processBytesASession] = [
    aSession((await weighed.dataBytes()) - bytesBefore),
    aSession(heapBytes() - heapBefore),
  ];
  const recordsLeft = await weighed.recordsAfter(BOUND_MS + SWEEP_STEP_MS);
  const boundSeconds = BOUND_MS / 1_000;
  return { sessions, refreshes, failed, bytesASession, processBytesASession, boundSeconds, recordsLeft };
}
