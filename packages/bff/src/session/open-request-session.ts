import type { AnonymousReason } from "@coatcheck/contract";
import type { OpenedCookies } from "@coatcheck/session";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { cookieHeader } from "../request/header-index.ts";
import type { JudgeSession } from "./judge-session.ts";
import type { ReplacedSession } from "./replaced-sessions.ts";
import { anonymousReason, cookieAndChunks, createRequestSession } from "./request-session.ts";
import type { FoundSession, RequestSession } from "./request-session.ts";
import type { SessionEnder } from "./session-ender.ts";
import { sessionRef } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * Opens the newest session that isn't ended or idle; ends all others that the request shows, beside it.
 *
 * Nothing is waited for but the ledger, and that only where a session looks idle.
 */
export type OpenRequestSession = (request: BffRequest) => Promise<RequestSession>;

export function createOpenRequestSession(
  parts: Core,
  judge: JudgeSession,
  ender: SessionEnder,
): OpenRequestSession {
  const { sessions, providers, endHook } = parts;

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
