import type { BrowserSessions } from "@coatcheck/session";
import QuickLRU from "quick-lru";
import type { PendingSignIn } from "./pending-sign-in.ts";
import type { SealedSession, SealSession } from "./seal-session.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * Writes one new cookie for all requests that show an old one at the same moment: the calls of a page, or those of a client
 * that keeps its cookie. A seal costs more than the rest of a call.
 */
export interface Reseals {
  /** Moves the idle deadline; to the same instant for a whole moment. */
  touch(value: SessionValue): SessionValue;
  /** Seals: the same value once in a moment. */
  seal(value: SessionValue): Promise<SealedSession>;
}

type Touch = Pick<SessionValue, "touchedAt" | "idleDeadline">;

/** So much earlier than its last call may a session's idle time begin to count. */
const MOMENT_MS = 1_000;
const MAX_REMEMBERED = 1_000;

export function createReseals(parts: {
  readonly sessions: Pick<BrowserSessions<SessionValue, PendingSignIn>, "touch">;
  readonly sealSession: SealSession;
  readonly nowMs: () => number;
}): Reseals {
  const touches = new QuickLRU<string, Touch>({ maxSize: MAX_REMEMBERED });
  const seals = new QuickLRU<string, { readonly at: number; readonly sealed: Promise<SealedSession> }>({
    maxSize: MAX_REMEMBERED,
  });

  function isNow(at: number): boolean {
    const ageMs = parts.nowMs() - at;
    return ageMs >= 0 && ageMs < MOMENT_MS;
  }

  return {
    touch(value) {
      const place = `${value.sid} ${value.touchedAt}`;
      const known = touches.get(place);
      if (known !== undefined && isNow(known.touchedAt)) return { ...value, ...known };
      const touched = parts.sessions.touch(value);
      const { touchedAt, idleDeadline } = touched;
      touches.set(place, { touchedAt, idleDeadline });
      return touched;
    },
    seal(value) {
      // The whole value: whatever differs in it, a token or a deadline, makes another cookie.
      const text = JSON.stringify(value);
      const known = seals.get(text);
      if (known !== undefined && isNow(known.at)) return known.sealed;
      const sealed = parts.sealSession(value);
      seals.set(text, { at: parts.nowMs(), sealed });
      sealed.catch(() => seals.delete(text));
      return sealed;
    },
  };
}
