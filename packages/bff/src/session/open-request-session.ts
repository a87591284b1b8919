import type { AnonymousReason } from "@coatcheck/contract";
import type { OpenedCookies, OpenedSession } from "@coatcheck/session";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { cookieHeader } from "../request/header-index.ts";
import type { ReplacedSession } from "./replaced-sessions.ts";
import { anonymousReason, cookieAndChunks, createRequestSession } from "./request-session.ts";
import type { FoundSession, RequestSession } from "./request-session.ts";
import type { SessionEnder } from "./session-ender.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import { sessionRef } from "./session-value.ts";
import type { OwnedRef, SessionValue } from "./session-value.ts";

/**
 * Opens the newest session that isn't ended or idle; ends all others that the request shows, beside it.
 *
 * Nothing is waited for but the ledger, and that only where a session looks idle.
 */
export type OpenRequestSession = (request: BffRequest) => Promise<RequestSession>;

type Standing =
  | { readonly kind: "live"; readonly session: OpenedSession<SessionValue>; readonly ref: OwnedRef }
  | { readonly kind: "over"; readonly reason: SessionEndReason }
  /** It looks idle, and the ledger, which may know better, can't be asked: the next request finds out. */
  | { readonly kind: "unknown" };

export function createOpenRequestSession(parts: Core, ender: SessionEnder): OpenRequestSession {
  const { sessions, providers, endHook, settings } = parts;

  async function judge(session: OpenedSession<SessionValue>, arrivedAt: number): Promise<Standing> {
    const ref = sessionRef(session.value, arrivedAt);
    const { keeper } = providers.of(ref);
    const ended = await keeper.isEnded(ref);
    if (ended !== undefined) return { kind: "over", reason: ended };
    const isPastLimit = (session.value.grant.refreshExpiresAt ?? Infinity) <= parts.nowMs();
    const limited: Standing = isPastLimit ? await judgeLimit(session, ref) : { kind: "live", session, ref };
    if (limited.kind !== "live" || !session.isPastIdleDeadline) return limited;
    const touchedAt = await keeper.touchedAt(ref);
    if (touchedAt === "unknown") return { kind: "unknown" };
    const idleDeadline = Math.min(
      (touchedAt ?? 0) + settings.idleTimeoutSeconds * 1000,
      session.value.absoluteDeadline,
    );
    if (touchedAt === undefined || idleDeadline <= parts.nowMs())
      return { kind: "over", reason: "idle_timeout" };
    const value = { ...limited.session.value, touchedAt, idleDeadline };
    return { kind: "live", session: { ...session, value }, ref };
  }

  /** By the cookie the refresh token's life may be over, while a newer grant, whose answer was lost, has a later end (S-063). */
  async function judgeLimit(session: OpenedSession<SessionValue>, ref: OwnedRef): Promise<Standing> {
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

  return async (request) => {
    const { arrivedAt, requestId } = request;
    const opened = await sessions.open(cookieHeader(request.headers));
    for (const { value } of opened.expired) endHook.onShown(value, "absolute_timeout");
    const removals = [...opened.broken];
    const replaced: ReplacedSession[] = [];
    let current: FoundSession["current"];
    let newestReason: AnonymousReason | undefined;
    let isUnknown = false;
    for (const session of opened.sessions) {
      const names = cookieAndChunks(session.name, opened.shown);
      if (current !== undefined) {
        const ref = sessionRef(session.value, arrivedAt);
        replaced.push({ replacement: await ender.replace(ref, current.opened.value, requestId), names });
        continue;
      }
      const standing = await judge(session, arrivedAt);
      if (standing.kind === "live") {
        current = { opened: standing.session, visit: providers.of(standing.ref).keeper.open(standing.ref) };
        const remembering = endHook.rememberOwner(session.value);
        if (remembering !== undefined) await remembering;
        continue;
      }
      isUnknown = standing.kind === "unknown";
      const reason = standing.kind === "unknown" ? "idle_timeout" : standing.reason;
      newestReason ??= anonymousReason(reason);
      // It decides all the same: an older session may be another person's, who would act in this one's place.
      if (isUnknown) break;
      removals.push(...names);
      endHook.onShown(session.value, reason);
    }
    const reason = newestReason ?? reasonOfCookies(opened);
    const { shown } = opened;
    return createRequestSession({ current, reason, isUnknown, removals, replaced, shown }, request, parts);
  };
}

function reasonOfCookies(opened: OpenedCookies<SessionValue>): AnonymousReason {
  if (opened.expired.length > 0) return "absolute_timeout";
  // A damaged one is removed with this answer, so it is the only one that can say so.
  return opened.unreadable.length + opened.broken.length > 0 ? "unreadable" : "none";
}
