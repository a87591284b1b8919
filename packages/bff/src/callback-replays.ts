import type { Answer } from "./request/answer.ts";

/** Remembers which callbacks were used, so that a code is redeemed once however often its address is loaded (S-021). */
export interface CallbackReplays {
  /**
   * Runs `redeem` for the first copy of a callback. A copy that comes meanwhile gets the same answer, since a browser
   * that reloads throws the first one's away; one that comes later gets `undefined`.
   */
  once(state: string, redeem: () => Promise<Answer>): Promise<Answer | undefined>;
}

const MAX_REMEMBERED = 10_000;
const REMEMBERED_MS = 15 * 60_000;

export function createCallbackReplays(nowMs: () => number): CallbackReplays {
  const used = new Map<string, { readonly since: number; running: Promise<Answer> | undefined }>();
  const forget = () => {
    for (const [state, entry] of used) {
      if (used.size <= MAX_REMEMBERED && nowMs() - entry.since < REMEMBERED_MS) return;
      used.delete(state);
    }
  };
  return {
    async once(state, redeem) {
      const known = used.get(state);
      if (known !== undefined) return known.running;
      const entry: { readonly since: number; running: Promise<Answer> | undefined } = {
        since: nowMs(),
        running: undefined,
      };
      used.set(state, entry);
      forget();
      entry.running = redeem();
      try {
        return await entry.running;
      } finally {
        entry.running = undefined;
      }
    },
  };
}
