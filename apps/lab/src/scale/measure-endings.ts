import { randomBytes } from "node:crypto";
import { createMemoryLedger, type Ending } from "@coatcheck/tokens";
import { heapBytes } from "../torture/memory/ledger-weight.ts";
import { createCountedKeeper } from "./deeds.ts";

/** What an instance needs for its copy of what has ended. */
export interface EndingsInMemory {
  readonly endings: number;
  readonly bytesAnEnding: number;
  readonly cpuMicrosAnEnding: number;
}

const DAY_MS = 86_400_000;
/** As a store delivers them. */
const BATCH = 500;

/** Pushes so many endings to a keeper, one half of sessions and one half of persons. */
export async function measureEndings(count: number): Promise<EndingsInMemory> {
  const inner = createMemoryLedger({
    nowMs: Date.now,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  });
  let push: (ending: Ending) => void = () => undefined;
  const keeper = createCountedKeeper(
    {
      ...inner,
      watchEndings(onEnding) {
        push = onEnding;
        return { ready: Promise.resolve(), stop: () => undefined };
      },
    },
    DAY_MS,
    0,
  );
  await keeper.ready();
  const before = heapBytes();
  let cpuMicros = 0;
  for (let pushed = 0; pushed < count; pushed += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, count - pushed) }, (_, index) => endingText(index));
    const cpuBefore = process.cpuUsage();
    for (const text of texts) push(JSON.parse(text) as Ending);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMicros += user + system;
  }
  const bytes = heapBytes() - before;
  // Still in use, or its copy would have been collected.
  await keeper.drain();
  return {
    endings: count,
    bytesAnEnding: Math.round(bytes / count),
    cpuMicrosAnEnding: Math.round((100 * cpuMicros) / count) / 100,
  };
}

function endingText(index: number): string {
  const key = randomBytes(32).toString("base64url");
  const ending: Ending =
    index % 2 === 0
      ? { kind: "session", key, reason: "signed_out", keepMs: DAY_MS }
      : { kind: "tombstone", key, iat: 1, keepMs: DAY_MS };
  return JSON.stringify(ending);
}
