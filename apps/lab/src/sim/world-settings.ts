/** How the provider of a world treats refresh tokens. */
export type Rotation =
  /** A new one each time; a spent one, shown again, ends the grant. */
  | "strict"
  /** The same, but a spent one is accepted for some seconds more; our preset knows. */
  | "grace"
  /** The same one comes back each time. */
  | "same"
  /** None comes back: the first one stays. */
  | "absent"
  /** There is none at all. */
  | "none";

/** What befalls a world beside everything that may befall any. */
export type WorldKind =
  | "usual"
  /** Four instances, of which some lose the store while others reach it. */
  | "partitions"
  /** Somebody sets the provider's clock, by minutes. */
  | "provider-clock";

/** What one simulated world is like from beginning to end. */
export interface WorldSettings {
  readonly kind: WorldKind;
  readonly instances: number;
  readonly browsers: number;
  /** Both browsers belong to one person. */
  readonly onePerson: boolean;
  readonly ledger: "memory" | "shared";
  readonly rotation: Rotation;
  readonly graceSeconds: number;
  readonly accessTokenSeconds: number;
  /** A refresh kills the access tokens of the other resources; nobody told us. */
  readonly refreshRevokesOthers: boolean;
  /** A refresh kills all access tokens of the grant; our preset knows. */
  readonly refreshRevokesAll: boolean;
  /** Signing in again as the same person continues the same grant at the provider: revoking one ends both. */
  readonly sharedGrant: boolean;
  readonly windowRefresh: boolean;
  readonly onStaleCookie: "refuse" | "end";
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** Of each process, and of the store. */
  readonly wallSkewsMs: readonly number[];
  readonly storeSkewMs: number;
  /** One way, between everything and everything else, in good times. */
  readonly latencyMs: number;
  readonly tokenCallMs: number;
  /** What a token call may take, as it is configured. */
  readonly tokenTimeoutMs: number;
}

/** What the lifetimes below are in the code under test: the invariants hold it to these. */
export const PROMISED = {
  staleCookieMs: 600_000,
  settleAfterMs: 120_000,
  /** How old a process's copy of what has ended may be. */
  endedCopyMs: 1_000,
} as const;
