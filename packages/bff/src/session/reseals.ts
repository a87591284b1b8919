import type { BrowserSessions } from "@coatcheck/session";
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

export function createReseals(parts: {
  readonly sessions: Pick<BrowserSessions<SessionValue, PendingSignIn>, "touch">;
  readonly sealSession: SealSession;
  readonly nowMs: () => number;
}): Reseals {
  const touches = new Map<string, Touch>();
  const seals = new Map<string, Promise<SealedSession>>();
  let momentBeganAt = Number.NEGATIVE_INFINITY;

  /** Without this, the tokens of sessions that are over would stay here. */
  function forgetEarlierMoments(): void {
    const now = parts.nowMs();
    if (now >= momentBeganAt && now < momentBeganAt + MOMENT_MS) return;
    momentBeganAt = now;
    touches.clear();
    seals.clear();
  }

  return {
    touch(value) {
      forgetEarlierMoments();
      const place = `${value.sid} ${value.touchedAt}`;
      const known = touches.get(place);
      if (known !== undefined) return { ...value, ...known };
      const touched = parts.sessions.touch(value);
      const { touchedAt, idleDeadline } = touched;
      touches.set(place, { touchedAt, idleDeadline });
      return touched;
    },
    seal(value) {
      forgetEarlierMoments();
      // The whole value: whatever differs in it, a token or a deadline, makes another cookie.
      const text = JSON.stringify(value);
      const known = seals.get(text);
      if (known !== undefined) return known;
      const sealed = parts.sealSession(value);
      seals.set(text, sealed);
      sealed.catch(() => seals.delete(text));
      return sealed;
    },
  };
}
