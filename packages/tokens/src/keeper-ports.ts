import type { SuccessorCrypto } from "./successor-crypto.ts";

/** A value now or later: ports may be synchronous, so that a simulation replays exactly. */
export type MaybePromise<T> = T | Promise<T>;

/** Clocks and timers. `setTimeout` returns a handle that only `clearTimeout` understands. */
export interface TimerPorts {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never set, never goes back. */
  monotonicMs(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Everything of the outside world that a token keeper touches, besides the ledger and the provider. */
export interface KeeperPorts extends TimerPorts {
  randomBytes(count: number): Uint8Array;
  /** Default: WebCrypto. */
  readonly crypto?: SuccessorCrypto;
}
