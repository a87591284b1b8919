import type {
  AnonymousReason,
  AnonymousView,
  LiveGlimpse,
  SessionView,
  SignedInView,
} from "@coatcheck/contract";
import type { CoatcheckError } from "./coatcheck-error.ts";

/**
 * What this tab knows of the session. `loading`: nothing yet, or nothing any more (the page came out of the back-forward cache).
 * `unreachable`: the last check failed; `last` is what was known before and still holds by its deadlines.
 */
export type SessionState =
  | { state: "loading" }
  | { state: "unreachable"; error: CoatcheckError; last?: SessionView }
  | SessionView;

/** `now` is `undefined` where the person signed out. */
export interface PersonChange {
  before: string;
  now: string | undefined;
}

/** One answer of the server about the session; `sentAt` and `receivedAt` are stamps of this store or of another tab's. */
export interface SessionAnswer {
  sentAt: number;
  receivedAt: number;
  view: SessionView;
}

/** One shared truth a tab; late answers never overwrite newer ones. */
export interface SessionStore {
  get: () => SessionState;
  /** What was known last, also while the server can't be reached. */
  known: () => SessionView | undefined;
  subscribe: (listener: () => void) => () => void;
  onPersonChange: (listener: (change: PersonChange) => void) => () => void;
  /** The person for whom the page was rendered: kept while they can sign in again, gone when they signed out. */
  userKey: () => string | undefined;
  /** Server clock minus browser clock, in ms. */
  clockOffsetMs: () => number;
  /** The browser's clock in ms, made to rise with each call: marks the sending of a request. */
  stamp: () => number;
  /** When the newest answer was asked for. */
  askedAt: () => number;
  /** @returns what is known from now on; `undefined` where a newer answer has been taken over already */
  adopt: (answer: SessionAnswer) => SessionView | undefined;
  /** What an API call's answer says of the session; as in `adopt`, or of another session than the one known here. */
  notice: (sentAt: number, glimpse: LiveGlimpse) => SessionView | "other_session" | undefined;
  /**
   * A call was refused because the session has ended. Explains a later answer without a reason, too: only the first
   * request that meets an ended session learns why. `undefined`: other answers came since
   * the call was sent, so the server must be asked.
   */
  noticeEnd: (sentAt: number, reason: AnonymousReason) => SessionView | undefined;
  fail: (sentAt: number, error: CoatcheckError) => void;
  /** Takes what an earlier page knew for what is known, where nothing is and no deadline has passed; shown by `fail`. */
  recall: (view: SignedInView) => void;
  /** The person signed out, here or in another tab. Answers to earlier requests no longer count. */
  signedOut: (at: number) => void;
  /** Shows nothing until the next answer. */
  forget: () => void;
}

export function createSessionStore(now: () => number): SessionStore {
  const listeners = new Set<() => void>();
  const personListeners = new Set<(change: PersonChange) => void>();
  let state: SessionState = { state: "loading" };
  let last: SessionView | undefined;
  let person: string | undefined;
  /** Why a call was refused, as long as nobody is known to be signed in again. */
  let hint: AnonymousReason | undefined;
  let offsetMs = 0;
  let latestStamp = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** When the latest answer was taken over, and when the server gave it. */
  let applied = { at: Number.NEGATIVE_INFINITY, serverTime: Number.NEGATIVE_INFINITY };

  function stamp(): number {
    // A clock that was set back must not make later requests look earlier.
    latestStamp = Math.max(now(), latestStamp + 0.001);
    return latestStamp;
  }

  function show(next: SessionState): void {
    if (sameButForClock(state, next)) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function settle(view: SessionView): SessionView {
    const before = person;
    if (isSignedIn(view)) {
      person = view.userKey;
      hint = undefined;
    }
    if (!isSignedIn(view) && (view.reason === "signed_out" || view.reason === "none")) person = undefined;
    last = view;
    // Before the new state is shown: caches of the one person are dropped before a page of the other is rendered.
    if (before !== undefined && before !== person) {
      for (const listener of personListeners) listener({ before, now: person });
    }
    show(view);
    return view;
  }

  /** An answer that was under way while another was taken over counts only if the server gave it later. */
  function counts(sentAt: number, serverTime: number): boolean {
    if (sentAt < applied.at && serverTime <= applied.serverTime) return false;
    askedAt = Math.max(askedAt, sentAt);
    applied = { at: stamp(), serverTime };
    return true;
  }

  /** From here on only what is asked for afterwards counts. */
  function bar(at: number): void {
    latestStamp = Math.max(latestStamp, at);
    applied = { at: stamp(), serverTime: Number.POSITIVE_INFINITY };
  }

  const serverNow = () => now() + offsetMs;

  return {
    get: () => state,
    known: () => last,
    subscribe: (listener) => add(listeners, listener),
    onPersonChange: (listener) => add(personListeners, listener),
    userKey: () => person,
    clockOffsetMs: () => offsetMs,
    stamp,
    askedAt: () => askedAt,
    adopt({ sentAt, receivedAt, view }) {
      latestStamp = Math.max(latestStamp, receivedAt);
      if (!counts(sentAt, view.now)) return undefined;
      offsetMs = Math.round(view.now - (sentAt + receivedAt) / 2);
      return settle(isSignedIn(view) ? join(view, last) : explain(view, last, hint));
    },
    notice(sentAt, glimpse) {
      // Nothing is known yet: the first answer is on its way.
      if (last === undefined) return undefined;
      if (!isSignedIn(last) || last.ticket !== glimpse.ticket) return "other_session";
      return counts(sentAt, glimpse.now) ? settle(join({ ...last, ...glimpse }, last)) : undefined;
    },
    noticeEnd(sentAt, reason) {
      if (reason !== "none") hint = reason;
      if (hint === undefined || sentAt < applied.at) return undefined;
      counts(sentAt, serverNow());
      return settle({ state: "anonymous", reason: hint, now: serverNow() });
    },
    fail(sentAt, error) {
      if (sentAt < applied.at) return;
      const reason = last && deadlinePassed(last, serverNow());
      if (reason) settle({ state: "anonymous", reason, now: serverNow() });
      else show({ state: "unreachable", error, ...(last && { last }) });
    },
    recall(view) {
      if (last !== undefined || deadlinePassed(view, serverNow())) return;
      last = view;
      person = view.userKey;
    },
    signedOut(at) {
      bar(at);
      settle({ state: "anonymous", reason: "signed_out", now: serverNow() });
    },
    forget() {
      bar(stamp());
      last = undefined;
      show({ state: "loading" });
    },
  };
}

/** Whether someone is signed in as far as this state knows. */
export function isSignedIn(state: SessionState): state is SignedInView {
  return state.state === "active" || state.state === "degraded";
}

/** Which of the deadlines has passed, by the server's clock. */
function deadlinePassed(view: SessionView, serverNowMs: number): AnonymousReason | undefined {
  if (!isSignedIn(view)) return undefined;
  if (serverNowMs >= view.absoluteDeadline) return "absolute_timeout";
  return serverNowMs >= view.idleDeadline ? "idle_timeout" : undefined;
}

/** A cookie that is gone leaves the server without a reason (`none`); this tab may know it. */
function explain(
  view: AnonymousView,
  last: SessionView | undefined,
  hint: AnonymousReason | undefined,
): SessionView {
  if (view.reason !== "none" || !last) return view;
  const reason = hint ?? (isSignedIn(last) ? deadlinePassed(last, view.now) : last.reason);
  return reason ? { ...view, reason } : view;
}

/** Within one session generations and deadlines only rise: a request may have shown a cookie from before a refresh. */
function join(view: SignedInView, last: SessionView | undefined): SignedInView {
  if (last === undefined || !isSignedIn(last) || last.ticket !== view.ticket) return view;
  const { generation, accessTokenExpiresAt } = view.generation < last.generation ? last : view;
  const idleDeadline = Math.max(view.idleDeadline, last.idleDeadline);
  return { ...view, generation, accessTokenExpiresAt, idleDeadline };
}

function sameButForClock(a: SessionState, b: SessionState): boolean {
  return a.state !== "unreachable" && JSON.stringify({ ...a, now: 0 }) === JSON.stringify({ ...b, now: 0 });
}

function add<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
