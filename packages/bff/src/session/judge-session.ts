import type { OpenedSession } from "@coatcheck/session";
import type { Core } from "../parts.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import { sessionRef } from "./session-value.ts";
import type { OwnedRef, SessionValue } from "./session-value.ts";

/** A session as a cookie shows it. */
type ShownSession = Pick<OpenedSession<SessionValue>, "value" | "isPastIdleDeadline">;

export type Standing<Shown extends ShownSession = ShownSession> =
  /** `session`: with the deadlines that hold in the end. */
  | { readonly kind: "live"; readonly session: Shown; readonly ref: OwnedRef }
  | { readonly kind: "over"; readonly reason: SessionEndReason }
  /** It looks idle, and the ledger, which may know better, can't be asked: the next look finds out. */
  | { readonly kind: "unknown" };

/**
 * Tells whether a session that isn't past its absolute deadline lives: ended by whomever, idle, or at the end of its grant.
 *
 * @param nowMs when it was shown, milliseconds since the epoch
 */
export type JudgeSession = <Shown extends ShownSession>(
  session: Shown,
  nowMs: number,
) => Promise<Standing<Shown>>;

export function createJudgeSession(
  parts: Pick<Core, "providers" | "endHook" | "settings" | "nowMs">,
): JudgeSession {
  const { providers, endHook, settings } = parts;

  /** By the cookie the refresh token's life may be over, while a newer grant, whose answer was lost, has a later end (S-063). */
  async function judgeLimit<Shown extends ShownSession>(
    session: Shown,
    ref: OwnedRef,
  ): Promise<Standing<Shown>> {
    const { grant } = session.value;
    await endHook.rememberOwner(session.value);
    const verdict = await providers.of(ref).keeper.judgeLimit(ref);
    if (verdict.kind === "ended") return { kind: "over", reason: verdict.reason };
    if (verdict.kind === "unknown") return verdict;
    const { refreshExpiresAt: _, ...unlimited } = grant;
    const { kind: _kind, ...limit } = verdict;
    const value = { ...session.value, grant: { ...unlimited, ...limit } };
    return { kind: "live", session: { ...session, value }, ref };
  }

  return async <Shown extends ShownSession>(session: Shown, nowMs: number): Promise<Standing<Shown>> => {
    const ref = sessionRef(session.value, nowMs);
    const { keeper } = providers.of(ref);
    const ended = await keeper.isEnded(ref);
    if (ended !== undefined) return { kind: "over", reason: ended };
    const isPastLimit = (session.value.grant.refreshExpiresAt ?? Infinity) <= parts.nowMs();
    const limited: Standing<Shown> = isPastLimit
      ? await judgeLimit(session, ref)
      : { kind: "live", session, ref };
    if (limited.kind !== "live" || !session.isPastIdleDeadline) return limited;
    const touchedAt = await keeper.touchedAt(ref);
    if (touchedAt === "unknown") return { kind: "unknown" };
    const idleDeadline = Math.min(
      (touchedAt ?? 0) + settings.idleTimeoutSeconds * 1000,
      session.value.absoluteDeadline,
    );
    // By when it was shown: a store or a process that stood still for long meanwhile is nobody's idleness.
    if (touchedAt === undefined || idleDeadline <= nowMs) return { kind: "over", reason: "idle_timeout" };
    const value = { ...limited.session.value, touchedAt, idleDeadline };
    return { kind: "live", session: { ...session, value }, ref };
  };
}
