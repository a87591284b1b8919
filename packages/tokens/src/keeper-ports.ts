import type { SuccessorCrypto } from "./successor-crypto.ts";

/** A value now or later: ports may be synchronous, so that a simulation replays exactly. */
export type MaybePromise<T> = T | Promise<T>;

/** Clocks and timers. `setTimeout` returns a handle that only `clearTimeout` understands. */
export interface TimerPorts {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds from an arbitrary start; never set, never goes back. */
  readonly monotonicMs: () => number;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (handle: unknown) => void;
}

/** Everything of the outside world that a token keeper touches, besides the ledger and the provider. */
export interface KeeperPorts extends TimerPorts {
  readonly randomBytes: (count: number) => Uint8Array;
  /** Default: WebCrypto. */
  readonly crypto?: SuccessorCrypto;
}
