import type { FailureHistory, FailureKind } from "../ledger/ledger.ts";
import type { RefreshAnswer } from "./refresh-call.ts";

/** What one kind of answer to a token call means. */
export interface AnswerMeaning {
  /** `up` closes the breaker; `down` opens it: one call a second goes through, until the provider answers again. */
  readonly provider: "up" | "down";
  /**
   * - `successor`: the refresh token is spent, and what came goes into the ledger.
   * - `end`: the session ends, unless the ledger knows of a success by somebody else.
   * - `end_at_once`: the session ends, and what came is revoked.
   * - A failure: it goes into the ledger as this kind, and the session goes on.
   */
  readonly record: "successor" | "end" | "end_at_once" | FailureKind;
  /** A failure that repeats ends the session after so many tries over so long. */
  readonly final?: {
    readonly tries: number;
    readonly overMs: number;
    /** If it meets at least two sessions, and none succeeded meanwhile: then it is the provider's trouble. */
    readonly overMsIfOthers: number;
  };
}

/** The outcomes of a token call. Nothing else ever ends a session, but the person, the provider and the deadlines. */
export const OUTCOMES = {
  success: { provider: "up", record: "successor" },
  other_identity: { provider: "up", record: "end_at_once" },
  terminal: { provider: "up", record: "end" },
  refused: {
    provider: "up",
    record: "refused",
    final: { tries: 3, overMs: 30_000, overMsIfOthers: 600_000 },
  },
  client: { provider: "down", record: "unsent" },
  unsent: { provider: "down", record: "unsent" },
  ambiguous: { provider: "down", record: "ambiguous" },
  unreadable: {
    provider: "down",
    record: "unreadable",
    final: { tries: 3, overMs: 600_000, overMsIfOthers: 600_000 },
  },
} as const satisfies Record<RefreshAnswer["kind"], AnswerMeaning>;

/**
 * Whether a failure that repeats is final by now.
 *
 * @param history the tries before this one
 * @param othersToo other sessions meet it, too, and none succeeded meanwhile
 */
export function isFinal({ final }: AnswerMeaning, history: FailureHistory, othersToo: boolean): boolean {
  if (final === undefined || history.refusals + 1 < final.tries) return false;
  return history.refusedForMs >= (othersToo ? final.overMsIfOthers : final.overMs);
}

const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 2_000;
const RETRY_AFTER_MAX_MS = 60_000;

/**
 * How long a session waits after a failed try: doubling, with jitter over the upper half; a provider's wish is honoured
 * up to a minute.
 *
 * @param tries failed tries before this one
 * @param random 0 to 1
 */
export function backOffMs(tries: number, retryAfterSeconds: number | undefined, random: number): number {
  const full = Math.min(BACK_OFF_FIRST_MS * 2 ** Math.min(tries, 20), BACK_OFF_MAX_MS);
  const asked = Math.min((retryAfterSeconds ?? 0) * 1_000, RETRY_AFTER_MAX_MS);
  return Math.round(Math.max(full * (0.5 + random / 2), asked));
}
