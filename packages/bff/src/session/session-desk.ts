import type { AnonymousReason } from "@coatcheck/contract";
import type { BrowserSessions, OpenedCookies, OpenedSession } from "@coatcheck/session";
import type { SessionRef, TokenKeeper } from "@coatcheck/tokens";
import type { PendingSignIn } from "./pending-sign-in.ts";
import type { SessionEnder } from "./session-ender.ts";
import type { SessionEndReason, SessionEnds } from "./session-ends.ts";
import { sessionRef } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";
import { anonymousReason, cookieAndChunks, createVisit } from "./visit.ts";
import type { Visit, VisitParts } from "./visit.ts";

interface DeskRequest {
  readonly cookieHeader: string | undefined;
  readonly arrivedAt: number;
  readonly requestId: string;
}

/** Finds the one session of a request among the cookies that it shows. */
export interface SessionDesk {
  /**
   * Opens the newest session that isn't ended or idle; ends and removes all others that the request shows.
   *
   * Nothing is contacted but the ledger, and that only for more than one session, or one that looks idle.
   */
  open(request: DeskRequest): Promise<Visit>;
}

export interface SessionDeskParts extends VisitParts {
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly keeper: Pick<TokenKeeper, "close" | "isEnded" | "touchedAt">;
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
  | {
      readonly kind: "over";
      readonly reason: SessionEndReason;
      /** The ledger could not be asked whether it knows better: the cookie stays, and the next request finds out. */
      readonly isUnsure?: true;
    };

export function createSessionDesk(parts: SessionDeskParts): SessionDesk {
  const { sessions, keeper, ender, ends } = parts;

  async function judge(session: OpenedSession<SessionValue>, arrivedAt: number): Promise<Standing> {
    const ref = sessionRef(session.value, arrivedAt);
    const ended = await keeper.isEnded(ref);
    if (ended !== undefined) return { kind: "over", reason: ended };
    if (!session.isPastIdleDeadline) return { kind: "live", session, ref };
    const touchedAt = await keeper.touchedAt(ref);
    if (touchedAt === "unknown") return { kind: "over", reason: "idle_timeout", isUnsure: true };
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
      let current: Current | undefined;
      let newestReason: AnonymousReason | undefined;
      for (const { value } of opened.expired) ends.see(value, "absolute_timeout");
      for (const session of opened.sessions) {
        const names = cookieAndChunks(session.name, opened.shown);
        if (current !== undefined) {
          const isGone = await ender.replace(
            sessionRef(session.value, arrivedAt),
            current.session.value,
            requestId,
          );
          if (isGone) removals.push(...names);
          continue;
        }
        const standing = await judge(session, arrivedAt);
        if (standing.kind === "live") {
          current = standing;
          await ends.know(session.value);
        } else {
          newestReason ??= anonymousReason(standing.reason);
          if (standing.isUnsure === true) continue;
          removals.push(...names);
          ends.see(session.value, standing.reason);
        }
      }
      return createVisit(
        {
          opened: current?.session,
          ref: current?.ref,
          reason: newestReason ?? reasonOfCookies(opened),
          removals,
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
