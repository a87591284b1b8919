import { sleep } from "../stage/sleep.ts";
import { API_PREFIXES } from "../stage/stage.ts";
import type { CallOutcome, Visitor } from "../stage/visitor.ts";
import type { PlanOptions, Round } from "./plan.ts";
import type { RoundsSettings } from "./run.ts";

/** Makes the calls of one round: all at once, or one after the other as a page that loads does. */
export function makeCalls(
  visitor: Visitor,
  shape: Round["shape"],
  { waveCalls, pageCalls, tabs, pageMs, apis }: Omit<RoundsSettings, keyof PlanOptions>,
): readonly Promise<CallOutcome>[] {
  const callAt = (index: number): Promise<CallOutcome> => {
    const path = API_PREFIXES[index % apis];
    return visitor.call(apis === 1 || path === undefined ? {} : { path });
  };
  if (shape === "wave") return Array.from({ length: waveCalls }, (_, index) => callAt(index));
  const stepMs = pageMs / Math.max(1, pageCalls - 1);
  return Array.from({ length: pageCalls * tabs }, async (_, index) => {
    await sleep((index % pageCalls) * stepMs);
    return callAt(index);
  });
}

/** The first call that is answered 200; `undefined` if none is. */
export async function firstSuccess(calls: readonly Promise<CallOutcome>[]): Promise<CallOutcome | undefined> {
  const successes = calls.map(async (call) => {
    const result = await call;
    if (result.status !== 200) throw new RangeError("not this one");
    return result;
  });
  try {
    return await Promise.any(successes);
  } catch {
    // None of them.
    return undefined;
  }
}
