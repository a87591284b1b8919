import type { UpstreamCircuitChange, UpstreamLoad } from "@coatcheck/proxy";
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

/**
 * What may be reached, so that a call is refused: the session's own limit, that of its API, or that of WebSockets. `circuit`: its
 * API couldn't be reached lately.
 */
export type OverloadLimit = "session" | "upstream" | "circuit" | "sockets";

/** A call, or the handshake of a WebSocket, that was refused since there is too much to do. */
export interface CallShed {
  /** The route's prefix, from configuration. */
  readonly route: string;
  readonly limit: OverloadLimit;
}

/**
 * What ended an event stream or a WebSocket: the browser, which closed it or is gone; the API; the end of its session;
 * silence for longer than the route allows; `lost`: no sign of life of one side; a message that was too big; our restart.
 */
export type ConnectionEnd = "client" | "upstream" | "session" | "idle" | "lost" | "too_big" | "restart";

/** An event stream or a WebSocket that has begun, or ended. */
export interface ConnectionSeen {
  /** The route's prefix, from configuration. */
  readonly route: string;
  readonly kind: "event_stream" | "websocket";
  /** Absent: it has begun. */
  readonly endedBy?: ConnectionEnd;
}

/** What a BFF has to do just now. */
export interface BffLoad {
  /** Each origin of the configuration once. */
  readonly upstreams: readonly (UpstreamLoad & {
    readonly origin: string;
    /** It can't be reached: its calls are refused, but for one at a time. */
    readonly isCircuitOpen: boolean;
  })[];
  /** The most that one session has under way: calls, streams and WebSockets. */
  readonly busiestSession: number;
}

/** Where that can be asked. */
export interface LoadSource {
  /** Prefixes of all its routes. */
  readonly routes: readonly string[];
  /** Costs nothing until it is called. */
  load(): BffLoad;
}

/** Whoever watches: metrics, and the demo's counter. Must not throw. */
export interface Observer {
  readonly call?: (seen: CallSeen) => void;
  /** Refreshes, ended sessions, the ledger's ups and downs, as the keeper of tokens reports them. */
  readonly tokens?: (event: TokensEvent) => void;
  readonly shed?: (seen: CallShed) => void;
  readonly connection?: (seen: ConnectionSeen) => void;
  /** An API can't be reached any more, or can again. */
  readonly circuit?: (change: UpstreamCircuitChange) => void;
  /** Called once by each BFF that is made. @returns called when that one is closed */
  readonly watch?: (source: LoadSource) => () => void;
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
    shed: (seen) => observers.forEach((observer) => observer.shed?.(seen)),
    connection: (seen) => observers.forEach((observer) => observer.connection?.(seen)),
    circuit: (change) => observers.forEach((observer) => observer.circuit?.(change)),
    watch(source) {
      const stops = observers.map((observer) => observer.watch?.(source));
      return () => stops.forEach((stop) => stop?.());
    },
  };
}
