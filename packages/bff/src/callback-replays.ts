import QuickLRU from "quick-lru";
import type { SingleUse } from "./single-use.ts";

/** Where a finished sign-in sends the browser, and the cookies that it brings. */
export interface SignInEnd {
  readonly location: string;
  /** Whole Set-Cookie values. */
  readonly setCookie: readonly string[];
}

/** Remembers which callbacks were used, so that a code is redeemed once however often its address is loaded (S-021). */
export interface CallbackReplays {
  /**
   * Runs `redeem` for the first copy of a callback. A copy that comes meanwhile to the same process gets the same answer,
   * since a browser that reloads throws the first one's away; one that comes later, or elsewhere, gets `undefined`.
   */
  once(state: string, redeem: () => Promise<SignInEnd>): Promise<SignInEnd | undefined>;
}

export interface CallbackReplaysParts {
  /** Shared by all processes: a copy that reaches another one finds that the first was taken. */
  readonly singleUse: SingleUse;
  /** One-way name of a state: 256 bits that lead to no session. */
  readonly nameOf: (state: string) => Promise<string>;
  readonly onLedgerDown: () => void;
}

const MAX_REMEMBERED = 5_000;
/** Longer than a pending sign-in lives. */
const REMEMBERED_MS = 15 * 60_000;

export function createCallbackReplays(parts: CallbackReplaysParts): CallbackReplays {
  const used = new QuickLRU<string, { running?: Promise<SignInEnd | undefined> | undefined }>({
    maxSize: MAX_REMEMBERED,
  });

  /** Without this, a copy at another process spends the code again, and the provider revokes what came of the first. */
  async function isFirst(state: string): Promise<boolean> {
    const name = await parts.nameOf(state);
    try {
      const limits = { keepMs: REMEMBERED_MS, leaseMs: REMEMBERED_MS };
      return (await parts.singleUse.take(name, limits)) !== undefined;
    } catch {
      // Signing in goes on without the store; this process still redeems it once.
      parts.onLedgerDown();
      return true;
    }
  }

  return {
    async once(state, redeem) {
      const known = used.get(state);
      if (known !== undefined) return known.running;
      const entry: { running?: Promise<SignInEnd | undefined> | undefined } = {};
      used.set(state, entry);
      const first = isFirst(state).catch((error: unknown) => {
        // Nothing was redeemed: without this, every later copy of this callback would count as used.
        used.delete(state);
        throw error;
      });
      entry.running = first.then((isNew) => (isNew ? redeem() : undefined));
      try {
        return await entry.running;
      } finally {
        entry.running = undefined;
      }
    },
  };
}
