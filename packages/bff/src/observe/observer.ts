import type { TokensEvent } from "@coatcheck/tokens";

/** One call of an API. */
export interface CallSeen {
  readonly method: string;
  /** The route's prefix, from configuration. */
  readonly route: string;
  /** What the browser got. */
  readonly status: number;
  readonly durationMs: number;
  /** Hash of the session id, the same as in `TokensEvent`; absent for calls without a session. */
  readonly session?: string;
}

/** Whoever watches: metrics, and the demo's counter. Must not throw. */
export interface Observer {
  readonly call?: (seen: CallSeen) => void;
  /** Refreshes, ended sessions, the ledger's ups and downs, as the keeper of tokens reports them. */
  readonly tokens?: (event: TokensEvent) => void;
}

/**
 * Makes one observer of several; the port takes one.
 *
 * @example createNodePorts({ ledger, tracing, observer: joinObservers([observer, myCounters]) })
 */
export function joinObservers(observers: readonly Observer[]): Required<Observer> {
  const watching = observers.filter(({ call }) => call !== undefined);
  return {
    call(seen) {
      for (const observer of watching) observer.call?.(seen);
    },
    tokens: (event) => observers.forEach((observer) => observer.tokens?.(event)),
  };
}
