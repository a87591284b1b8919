import type { CoatcheckError } from "./coatcheck-error.ts";
import { isSignedIn, type SessionStore } from "./session-store.ts";

/** An API call that was refused for want of a session, and goes on after a sign-in. */
export interface WaitingCall {
  id: number;
  method: string;
  url: string;
  /**
   * `sign_in`, `step_up`: goes on by itself once that is done. `answer`: it was sent once already and may have had an
   * effect; `answer(id, send)` decides.
   */
  needs: "sign_in" | "step_up" | "answer";
  /** Why it was refused; with `step_up`, `problem.acrValues` and `problem.maxAgeSeconds` say what is asked for. */
  error: CoatcheckError;
}

export interface WaitingCalls {
  get: () => readonly WaitingCall[];
  subscribe: (listener: () => void) => () => void;
  /** Whether a call that needs an answer is sent again; the others need none, and `false` gives them up. */
  answer: (id: number, send: boolean) => void;
}

export interface ParkedCall {
  method: string;
  url: string;
  error: CoatcheckError;
  needs: "sign_in" | "step_up";
  /** Nobody is hurt if it reaches the API twice. */
  isRepeatable: boolean;
  signal: AbortSignal;
}

interface Parked extends WaitingCall {
  isRepeatable: boolean;
  /** The session that wasn't enough. */
  ticket: string | undefined;
  leave: (goesOn: boolean) => void;
}

/** Where calls wait while their person signs in again. */
export function createWaitingCalls(store: SessionStore): WaitingCalls & {
  /** Resolves with whether the call goes on; rejects when its signal aborts. */
  park: (call: ParkedCall) => Promise<boolean>;
} {
  const listeners = new Set<() => void>();
  let calls: readonly Parked[] = [];
  let lastId = 0;

  function show(next: readonly Parked[]): void {
    calls = next;
    for (const listener of listeners) listener();
  }

  function look(): void {
    const state = store.get();
    if (store.userKey() === undefined) return dismiss(() => true, false);
    if (!isSignedIn(state)) return;
    const isServed = ({ needs, ticket }: Parked) =>
      needs === "sign_in" || (needs === "step_up" && ticket !== state.ticket);
    if (!calls.some(isServed)) return;
    show(calls.map((call) => (isServed(call) && !call.isRepeatable ? { ...call, needs: "answer" } : call)));
    dismiss(isServed, true);
  }

  function dismiss(isGone: (call: Parked) => boolean, goesOn: boolean): void {
    const gone = calls.filter(isGone);
    if (gone.length === 0) return;
    show(calls.filter((call) => !isGone(call)));
    for (const { leave } of gone) leave(goesOn);
  }

  store.subscribe(look);
  store.onPersonChange(() => dismiss(() => true, false));

  return {
    get: () => calls,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    answer: (id, send) => dismiss((call) => call.id === id, send),
    park: ({ signal, ...call }) =>
      new Promise((resolve, reject) => {
        const known = store.known();
        const ticket = known && isSignedIn(known) ? known.ticket : undefined;
        const id = (lastId += 1);
        const abort = () => {
          show(calls.filter((other) => other.id !== id));
          reject(signal.reason as Error);
        };
        const leave = (goesOn: boolean) => {
          signal.removeEventListener("abort", abort);
          resolve(goesOn);
        };
        signal.addEventListener("abort", abort);
        show([...calls, { ...call, id, ticket, leave }]);
        look();
      }),
  };
}
