import type { AnonymousReason, SessionView, SignedInView } from "@coatcheck/contract";
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

/** One shared truth a tab; late answers never overwrite newer ones. */
export interface SessionStore {
  get: () => SessionState;
  subscribe: (listener: () => void) => () => void;
  onPersonChange: (listener: (change: PersonChange) => void) => () => void;
  /** The person for whom the page was rendered: kept while they can sign in again, gone when they signed out. */
  userKey: () => string | undefined;
  /** Server clock minus browser clock, in ms. */
  clockOffsetMs: () => number;
  /** Marks the sending of a request whose answer will be adopted. */
  send: () => Sending;
  adopt: (sending: Sending, view: SessionView) => void;
  fail: (sending: Sending, error: CoatcheckError) => void;
  /** The person signed out, here or in another tab. Answers to earlier requests no longer count. */
  signedOut: () => void;
  /** Shows nothing until the next answer. */
  forget: () => void;
}

interface Sending {
  order: number;
  sentAt: number;
}

export function createSessionStore(now: () => number): SessionStore {
  const listeners = new Set<() => void>();
  const personListeners = new Set<(change: PersonChange) => void>();
  let state: SessionState = { state: "loading" };
  let last: SessionView | undefined;
  let person: string | undefined;
  let offsetMs = 0;
  let sent = 0;
  let applied = 0;

  function show(next: SessionState): void {
    if (sameButForClock(state, next)) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function settle(view: SessionView): void {
    const before = person;
    if (isSignedIn(view)) person = view.userKey;
    else if (view.reason === "signed_out" || view.reason === "none") person = undefined;
    last = view;
    // Before the new state is shown: caches of the one person are dropped before a page of the other is rendered.
    if (before !== undefined && before !== person) {
      for (const listener of personListeners) listener({ before, now: person });
    }
    show(view);
  }

  function counts({ order }: Sending): boolean {
    if (order < applied) return false;
    applied = order;
    return true;
  }

  const serverNow = () => now() + offsetMs;

  return {
    get: () => state,
    subscribe: (listener) => add(listeners, listener),
    onPersonChange: (listener) => add(personListeners, listener),
    userKey: () => person,
    clockOffsetMs: () => offsetMs,
    send: () => ({ order: ++sent, sentAt: now() }),
    adopt(sending, view) {
      if (!counts(sending)) return;
      offsetMs = view.now - (sending.sentAt + now()) / 2;
      settle(view.state === "anonymous" ? explain(view, last) : view);
    },
    fail(sending, error) {
      if (!counts(sending)) return;
      const reason = last && deadlinePassed(last, serverNow());
      if (reason) settle({ state: "anonymous", reason, now: serverNow() });
      else show(last ? { state: "unreachable", error, last } : { state: "unreachable", error });
    },
    signedOut() {
      applied = ++sent;
      settle({ state: "anonymous", reason: "signed_out", now: serverNow() });
    },
    forget() {
      applied = ++sent;
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
  view: Extract<SessionView, { state: "anonymous" }>,
  last: SessionView | undefined,
): SessionView {
  if (view.reason !== "none" || !last) return view;
  const reason = last.state === "anonymous" ? last.reason : deadlinePassed(last, view.now);
  return reason ? { ...view, reason } : view;
}

function sameButForClock(a: SessionState, b: SessionState): boolean {
  return a.state !== "unreachable" && JSON.stringify({ ...a, now: 0 }) === JSON.stringify({ ...b, now: 0 });
}

function add<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
