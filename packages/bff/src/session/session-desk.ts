import type { AnonymousReason } from "@coatcheck/contract";
import type { BrowserSessions, OpenedCookies, OpenedSession } from "@coatcheck/session";
import type { SessionRef, TokenKeeper } from "@coatcheck/tokens";
import type { PendingSignIn } from "./pending-sign-in.ts";
import type { SessionEnder } from "./session-ender.ts";
import type { SessionEndReason, SessionEnds } from "./session-ends.ts";
import { sessionRef } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";
import { anonymousReason, cookieAndChunks, createVisit } from "./visit.ts";
import type { ReplacedSession, Visit, VisitParts } from "./visit.ts";

interface DeskRequest {
  readonly cookieHeader: string | undefined;
  readonly arrivedAt: number;
  readonly requestId: string;
}

/** Finds the one session of a request among the cookies that it shows. */
export interface SessionDesk {
  /**
   * Opens the newest session that isn't ended or idle; ends and removes all others that the request shows, beside it.
   *
   * Nothing is waited for but the ledger, and that only where a session looks idle.
   */
  open(request: DeskRequest): Promise<Visit>;
}

export interface SessionDeskParts extends VisitParts {
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly keeper: Pick<TokenKeeper, "open" | "isEnded" | "touchedAt">;
  readonly ender: SessionEnder;
  readonly ends: SessionEnds;
  readonly idleMs: number;
  readonly nowMs: () => number;
}

interface Current {
  readonly session: OpenedSession<SessionValue>;
  readonly ref: SessionRef;
}

type Standing =
  | ({ readonly kind: "live" } & Current)
  | { readonly kind: "over"; readonly reason: SessionEndReason }
  /** It looks idle, and the ledger, which may know better, can't be asked: the next request finds out. */
  | { readonly kind: "unknown" };

export function createSessionDesk(parts: SessionDeskParts): SessionDesk {
  const { sessions, keeper, ender, ends } = parts;

  async function judge(session: OpenedSession<SessionValue>, arrivedAt: number): Promise<Standing> {
    const ref = sessionRef(session.value, arrivedAt);
    const ended = await keeper.isEnded(ref);
    if (ended !== undefined) return { kind: "over", reason: ended };
    if (!session.isPastIdleDeadline) return { kind: "live", session, ref };
    const touchedAt = await keeper.touchedAt(ref);
    if (touchedAt === "unknown") return { kind: "unknown" };
    const idleDeadline = Math.min((touchedAt ?? 0) + parts.idleMs, session.value.absoluteDeadline);
    if (touchedAt === undefined || idleDeadline <= parts.nowMs())
      return { kind: "over", reason: "idle_timeout" };
    return {
      kind: "live",
      session: { ...session, value: { ...session.value, touchedAt, idleDeadline } },
      ref,
    };
  }

  return {
    async open({ cookieHeader, arrivedAt, requestId }) {
      const opened = await sessions.open(cookieHeader);
      const removals = [...opened.broken];
      const replaced: ReplacedSession[] = [];
      let current: Current | undefined;
      let isUnknown = false;
      let newestReason: AnonymousReason | undefined;
      for (const { value } of opened.expired) ends.see(value, "absolute_timeout");
      for (const session of opened.sessions) {
        const names = cookieAndChunks(session.name, opened.shown);
        if (current !== undefined) {
          const ref = sessionRef(session.value, arrivedAt);
          replaced.push({ replacement: await ender.replace(ref, current.session.value, requestId), names });
          continue;
        }
        const standing = await judge(session, arrivedAt);
        if (standing.kind === "unknown") {
          // It decides all the same: an older session may be another person's, who would act in this one's place.
          newestReason ??= "idle_timeout";
          isUnknown = true;
          break;
        }
        if (standing.kind === "live") {
          current = standing;
          await ends.know(session.value);
        } else {
          newestReason ??= anonymousReason(standing.reason);
          removals.push(...names);
          ends.see(session.value, standing.reason);
        }
      }
      return createVisit(
        {
          opened: current?.session,
          ref: current?.ref,
          reason: newestReason ?? reasonOfCookies(opened),
          isUnknown,
          removals,
          replaced,
          shown: opened.shown,
        },
        parts,
      );
    },
  };
}

function reasonOfCookies(opened: OpenedCookies<SessionValue>): AnonymousReason {
  if (opened.expired.length > 0) return "absolute_timeout";
  return opened.unreadable.length > 0 ? "unreadable" : "none";
}
