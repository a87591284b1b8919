import { listen, type Page } from "./page.ts";
import { isSignedIn, type SessionStore } from "./session-store.ts";

const SHORTEST_INTERVAL_MS = 60_000;
/** Whoever hasn't touched the page for so long is taken to be elsewhere. */
const IDLE_AFTER_MS = 60_000;
const INPUT_EVENTS = ["pointerdown", "keydown", "wheel"];

export interface ActivityReporterPorts {
  store: SessionStore;
  page: Page | undefined;
  now: () => number;
  /** Sends `POST /bff/activity`. */
  report: () => Promise<void>;
}

/** Keeps a session from idling out while a person works on the page without calling an API. */
export interface ActivityReporter {
  /** Nobody has touched the page for a while: what it calls by itself must not keep the session alive. */
  isIdle: () => boolean;
  /** An API answered: the server extended the session by itself, if it was time. */
  extended: () => void;
  start: () => () => void;
}

/** Reports a person's input when a tenth of the idle time (at least 60 s) has passed since the last extension. */
export function createActivityReporter({
  store,
  page,
  now,
  report,
}: ActivityReporterPorts): ActivityReporter {
  let extendedAt = Number.NEGATIVE_INFINITY;
  let idleMs = 0;
  let ticket: string | undefined;
  // Opening the page was a touch.
  let touchedAt = now();

  const isTime = () => now() - extendedAt >= Math.max(SHORTEST_INTERVAL_MS, idleMs / 10);

  function extended(): void {
    if (isTime()) extendedAt = now();
  }

  /** The idle time isn't told; the longest remainder seen in a session comes close. */
  function learn(): void {
    const state = store.get();
    if (!isSignedIn(state)) return;
    if (ticket !== state.ticket) {
      ticket = state.ticket;
      idleMs = 0;
      extendedAt = now();
    }
    idleMs = Math.max(idleMs, state.idleDeadline - state.now);
  }

  function onInput(event: Event): void {
    // A script's events say nothing about a person.
    if (!event.isTrusted) return;
    touchedAt = now();
    if (!isSignedIn(store.get()) || !isTime()) return;
    extendedAt = now();
    report().catch(() => {
      // The failed call has made the session doubtful already; input after another interval tries again.
    });
  }

  return {
    isIdle: () => now() - touchedAt > IDLE_AFTER_MS,
    extended,
    start() {
      const stops = [store.subscribe(learn), listen(page, INPUT_EVENTS, onInput)];
      learn();
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
