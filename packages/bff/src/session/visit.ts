import type { AnonymousReason } from "@coatcheck/contract";
import type { BrowserSessions, OpenedSession } from "@coatcheck/session";
import type { Grant, SessionRef, TokenKeeper, TokenVisit } from "@coatcheck/tokens";
import type { PendingSignIn } from "./pending-sign-in.ts";
import type { Replacement } from "./session-ender.ts";
import type { SessionEndReason, SessionEnds } from "./session-ends.ts";
import type { SessionValue } from "./session-value.ts";

/** What the cookies say when the headers leave. */
interface Closing {
  /** Whole Set-Cookie values. */
  readonly setCookie: readonly string[];
  /** The session as it stands now; `undefined` if there is none, or none any more. */
  readonly session: SessionValue | undefined;
  readonly reason: AnonymousReason;
}

/** One session during one request: opened once, written once. */
export interface Visit {
  readonly session: SessionValue | undefined;
  readonly ref: SessionRef | undefined;
  /** The session's tokens during this request. */
  readonly tokens: TokenVisit | undefined;
  /** Names of the cookie that carries the session, and of its chunks. */
  readonly names: readonly string[];
  /** Why there is no session. */
  readonly reason: AnonymousReason;
  /** Whether there is a session can't be told just now, since the ledger can't be asked: nobody may act. */
  readonly isUnknown: boolean;
  /** Takes note of a newer grant: from here on the session is dirty, and written on errors too. */
  learn(grant: Grant): void;
  /** Makes the write move the idle deadline, if that is due. */
  extend(): void;
  /** The session turned out to be over: its cookie is removed, whatever the answer. */
  end(reason: SessionEndReason): void;
  /** Decides on Set-Cookie, once; later calls get the same answer. */
  close(): Promise<Closing>;
}

export interface VisitParts {
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly keeper: Pick<TokenKeeper, "open">;
  readonly ends: Pick<SessionEnds, "see">;
  /** A session that grew too large to be written; the ledger heals the cookie that stays behind. */
  readonly onTooLarge: (largestPaths: string) => void;
}

export interface VisitStart {
  readonly opened: OpenedSession<SessionValue> | undefined;
  readonly ref: SessionRef | undefined;
  readonly reason: AnonymousReason;
  readonly isUnknown: boolean;
  /** Names of cookies to remove, whatever happens. */
  readonly removals: readonly string[];
  /** Sessions that this one replaces, with the names of their cookies: removed if they are ended when the headers leave. */
  readonly replaced: readonly ReplacedSession[];
  /** Every cookie name of ours that was shown. */
  readonly shown: readonly string[];
}

export interface ReplacedSession {
  readonly replacement: Replacement;
  readonly names: readonly string[];
}

/** Waits a moment for sessions that are being replaced. @returns names of the cookies of those that are ended */
export async function namesOfEnded(replaced: readonly ReplacedSession[]): Promise<readonly string[]> {
  await Promise.all(replaced.map(({ replacement }) => replacement.soon));
  return replaced.flatMap(({ replacement, names }) => (replacement.isEnded() ? names : []));
}

export function createVisit(start: VisitStart, parts: VisitParts): Visit {
  const { opened, ref } = start;
  const tokens = ref === undefined ? undefined : parts.keeper.open(ref);
  let known: Grant | undefined;
  let isExtending = false;
  let endedAs: AnonymousReason | undefined;
  let closing: Promise<Closing> | undefined;

  const names = opened === undefined ? [] : cookieAndChunks(opened.name, start.shown);

  async function decide(): Promise<Closing> {
    const removals = [...start.removals, ...(await namesOfEnded(start.replaced))];
    const removed = (reason: AnonymousReason): Closing => ({
      setCookie: parts.sessions.expire([...removals, ...names]),
      session: undefined,
      reason,
    });
    if (opened === undefined || tokens === undefined || endedAs !== undefined)
      return removed(endedAs ?? start.reason);
    const cleared = parts.sessions.expire(removals);
    // A cookie past its deadline that the ledger vouched for lost its re-seal: write it again.
    const isTouching = isExtending && (opened.isPastIdleDeadline || parts.sessions.isTouchDue(opened.value));
    if (known === undefined && !isTouching)
      return { setCookie: cleared, session: opened.value, reason: "none" };
    const value = isTouching ? parts.sessions.touch(opened.value) : opened.value;
    const grant = known ?? opened.value.grant;
    const isNewer = grant.generation !== opened.value.grant.generation;
    const outcome = await tokens.close({
      known: grant,
      willWrite: isTouching || isNewer,
      ...(isTouching ? { touchedAt: value.touchedAt } : {}),
    });
    if (outcome.kind === "ended") {
      parts.ends.see(opened.value, outcome.reason);
      return removed(anonymousReason(outcome.reason));
    }
    if (outcome.withhold === true)
      return { setCookie: cleared, session: { ...opened.value, grant }, reason: "none" };
    const session = { ...value, grant: outcome.grant };
    if (!outcome.changed && !isTouching) return { setCookie: cleared, session, reason: "none" };
    const sealed = await parts.sessions.seal(session);
    if (sealed.kind === "too_large") {
      parts.onTooLarge(sealed.report.largest.map((part) => `${part.path} ${part.bytes}`).join(", "));
      return { setCookie: cleared, session, reason: "none" };
    }
    return { setCookie: [...cleared, ...sealed.setCookie], session, reason: "none" };
  }

  return {
    session: opened?.value,
    ref,
    tokens,
    names,
    reason: start.reason,
    isUnknown: start.isUnknown,
    learn: (grant) => void (known = grant),
    extend: () => void (isExtending = true),
    end(reason) {
      endedAs = anonymousReason(reason);
      if (opened !== undefined) parts.ends.see(opened.value, reason);
    },
    close: () => (closing ??= decide()),
  };
}

/** A session cookie's name, and the chunks that were shown with it. */
export function cookieAndChunks(name: string, shown: readonly string[]): readonly string[] {
  return [name, ...shown.filter((other) => other.startsWith(`${name}.`))];
}

/** What the page is told of how a session ended. A replaced one was left behind by its own browser. */
export function anonymousReason(reason: SessionEndReason): AnonymousReason {
  return reason === "replaced" ? "signed_out" : reason;
}
