import type { SessionView } from "@coatcheck/contract";
import type { CoatcheckError } from "./coatcheck-error.ts";
import { listen, type Page } from "./page.ts";
import { isSignedIn, type SessionState, type SessionStore } from "./session-store.ts";
import type { TabChannel } from "./tab-channel.ts";

const THROTTLE_MS = 2_000;
/** Sleep stops a timer but not the clock: the clock is looked at this often, without asking the server. */
const LOOK_AT_CLOCK_MS = 60_000;
/** A session that ended elsewhere shows after this at the latest, while the page is visible. */
const FALLBACK_MS = 300_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** A deadline is asked about a moment later, since the two clocks are compared only roughly. */
const DEADLINE_SLACK_MS = 500;
const SHORTEST_DEADLINE_WAIT_MS = 5_000;

export interface SessionBrainPorts {
  store: SessionStore;
  channel: TabChannel;
  page: Page | undefined;
  now: () => number;
  /** Asks `GET /bff/session`; rejects with a `CoatcheckError`. */
  ask: () => Promise<SessionView>;
}

/** Decides when to ask the server about the session, and tells the other tabs. */
export interface SessionBrain {
  /** Asks now; concurrent callers share one request. */
  check: () => Promise<SessionState>;
  /** Asks about what is true from now on: a request that is under way already doesn't do. */
  recheck: () => Promise<SessionState>;
  /** Asks unless it has just been asked. */
  glance: () => void;
  start: () => () => void;
}

export function createSessionBrain({ store, channel, page, now, ask }: SessionBrainPorts): SessionBrain {
  let asking: Promise<SessionState> | undefined;
  let askingNext: Promise<SessionState> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let retryAfterMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = 0;

  function check(): Promise<SessionState> {
    asking ??= run().finally(() => {
      asking = undefined;
      schedule();
    });
    return asking;
  }

  function recheck(): Promise<SessionState> {
    if (!asking) return check();
    askingNext ??= asking.then(() => {
      askingNext = undefined;
      return check();
    });
    return askingNext;
  }

  function glance(): void {
    if (now() - askedAt >= THROTTLE_MS) void check();
  }

  async function run(): Promise<SessionState> {
    askedAt = now();
    const sending = store.send();
    try {
      const view = await ask();
      failures = view.state === "degraded" ? failures + 1 : 0;
      retryAfterMs = 0;
      store.adopt(sending, view);
    } catch (error) {
      // `ask` rejects with nothing else.
      const failure = error as CoatcheckError;
      failures += 1;
      retryAfterMs = (failure.retryAfterSeconds ?? 0) * 1000;
      store.fail(sending, failure);
    }
    return store.get();
  }

  const isHidden = () => page?.document.visibilityState === "hidden";

  function schedule(): void {
    clearTimeout(timer);
    // A hidden page asks when it is shown again.
    if (running === 0 || isHidden()) return;
    const waitMs = dueAt() - now();
    if (waitMs <= 0) return void check();
    if (waitMs < Number.POSITIVE_INFINITY) timer = setTimeout(schedule, Math.min(waitMs, LOOK_AT_CLOCK_MS));
  }

  function dueAt(): number {
    const state = store.get();
    const known = state.state === "unreachable" ? state.last : state;
    let due = Number.POSITIVE_INFINITY;
    if (failures > 0) {
      due =
        askedAt + Math.max(retryAfterMs, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)));
    }
    if (known && isSignedIn(known)) {
      const deadline = Math.min(known.idleDeadline, known.absoluteDeadline) - store.clockOffsetMs();
      const afterDeadline = Math.max(deadline + DEADLINE_SLACK_MS, askedAt + SHORTEST_DEADLINE_WAIT_MS);
      due = Math.min(due, afterDeadline, askedAt + FALLBACK_MS);
    }
    return due;
  }

  function onPageEvent(event: Event): void {
    if (event.type === "pageshow") {
      if (!(event as PageTransitionEvent).persisted) return;
      // S-099: what was on the screen when the page was left may belong to nobody any more.
      store.forget();
      void recheck();
    } else if (event.type === "online" || event.type === "offline") {
      void recheck();
    } else if (isHidden()) {
      clearTimeout(timer);
    } else {
      glance();
      schedule();
    }
  }

  function start(): () => void {
    running += 1;
    const stops = [
      channel.open({
        onSignedOut() {
          store.signedOut();
          void recheck();
        },
        onSession(identity) {
          if (identity !== identityOf(store.get())) void recheck();
        },
      }),
      listen(page, ["focus", "visibilitychange", "pageshow", "online", "offline"], onPageEvent),
      store.subscribe(() => {
        const state = store.get();
        const identity = identityOf(state);
        if (identity !== undefined) channel.tellSession(identity);
        schedule();
      }),
    ];
    void check();
    return () => {
      running -= 1;
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }

  return { check, recheck, glance, start };
}

/** Person and ticket: changes at each sign-in. `undefined` where nothing is known. */
function identityOf(state: SessionState): string | undefined {
  if (isSignedIn(state)) return `${state.userKey}/${state.ticket}`;
  return state.state === "anonymous" ? "" : undefined;
}
