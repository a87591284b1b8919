import { pause } from "./pause.ts";
import type { RoundPlan } from "./torture-plan.ts";
import type { CallResult, Visitor } from "./visitor.ts";

/** How many calls meet an expired token, and over what time. */
export interface RoundShapes {
  readonly waveCalls: number;
  readonly pageCalls: number;
  readonly pageMs: number;
}

export const DEFAULT_SHAPES: RoundShapes = { waveCalls: 20, pageCalls: 6, pageMs: 300 };

/** Makes the calls of one round: all at once, or one after the other as a page that loads does. */
export function makeCalls(
  visitor: Visitor,
  shape: RoundPlan["shape"],
  { waveCalls, pageCalls, pageMs }: RoundShapes,
): readonly Promise<CallResult>[] {
  if (shape === "wave") return Array.from({ length: waveCalls }, () => visitor.call());
  const stepMs = pageMs / Math.max(1, pageCalls - 1);
  return Array.from({ length: pageCalls }, async (_, index) => {
    await pause(index * stepMs);
    return visitor.call();
  });
}

/** The first call that was answered 200; `undefined` if none was. */
export async function firstSuccess(calls: readonly Promise<CallResult>[]): Promise<CallResult | undefined> {
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
