import type { Grant } from "./grant.ts";

/** One session as one request shows it: the grant of its cookie, and what bounds the life of its record. */
export interface SessionRef {
  /** The secret session id. Only keys derived from it reach the ledger. */
  readonly sid: string;
  readonly iss: string;
  readonly sub: string;
  readonly idpSid?: string;
  /** Seconds, the provider's clock: tombstones by `sub` or `sid` end sessions whose ID token isn't later. */
  readonly idTokenIat: number;
  readonly authTime?: number;
  /** What the tokens are bound to, if anything; the same for the whole session. Only `RefreshCall` uses it. */
  readonly dpopKey?: string;
  readonly grant: Grant;
  /** Milliseconds since the epoch. */
  readonly absoluteDeadline: number;
  /** When the request arrived, milliseconds since the epoch. */
  readonly arrivedAt: number;
}
