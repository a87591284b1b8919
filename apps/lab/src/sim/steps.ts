/** A call of the page, by the place it goes to. */
export type CallRoute =
  | "session"
  | "activity"
  | "userinfo"
  | "validate"
  | "refresh"
  /** Three APIs: two with a resource of their own, one with the provider's token. */
  | "api-a"
  | "api-b"
  | "api-plain";

export interface PageCall {
  readonly route: CallRoute;
  readonly afterMs: number;
}

/** How one token call goes wrong. */
export type TokenFault =
  | "refused-connection"
  | "busy"
  | "reset-before"
  | "reset-after"
  | "error-before"
  | "error-after"
  | "unreadable"
  | "odd-refusal"
  /** Our own credentials are refused. */
  | "client-refusal"
  /** The provider does its work, and its ID token names somebody else. */
  | "other-identity"
  | "wrapped-refusal"
  | "slow"
  /** Longer than a request waits, and well within the time-out. */
  | "longer-than-request"
  | "too-slow"
  | "never";

/** How one call of the store goes wrong. */
export type StoreFault = "lost-request" | "lost-answer" | "late-answer" | "slow" | "refused";

/** How the whole store goes; `read-only`: it reads and doesn't write, as without memory or after a failover. */
export type StoreOutage = "refusing" | "silent" | "read-only";

export type StoreCall =
  | "claim"
  | "wait"
  | "renew"
  | "publish"
  | "keepTokens"
  | "release"
  | "bury"
  | "acknowledge"
  | "read"
  | "end"
  | "entomb"
  | "probe";

/** Moments at which something may befall the process that reaches them. */
export type Moment =
  | "claim-answered"
  | "token-connecting"
  | "token-sent"
  | "token-answered"
  | "publish-sent"
  | "publish-applied"
  | "publish-answered"
  | "api-answered";

/** What may befall a process. */
export type Misfortune =
  | { readonly kind: "crash"; readonly backAfterMs: number }
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "suspend"; readonly ms: number };

type Action =
  | { readonly do: "sign-in"; readonly browser: number; readonly person: number }
  /** Signs in where nobody is, as the last person of this browser. */
  | { readonly do: "come-back"; readonly browser: number }
  | { readonly do: "calls"; readonly browser: number; readonly calls: readonly PageCall[] }
  | { readonly do: "sign-out"; readonly browser: number }
  /** The tab is closed: whatever it waits for is given up. */
  | { readonly do: "close-tab"; readonly browser: number }
  | { readonly do: "lose-responses"; readonly browser: number; readonly count: number }
  | { readonly do: "delay-responses"; readonly browser: number; readonly count: number; readonly ms: number }
  | { readonly do: "save-jar"; readonly browser: number }
  /** The browser crashes and comes back with the jar as it was saved. */
  | { readonly do: "restore-jar"; readonly browser: number };

type Fault =
  | { readonly do: "befall"; readonly instance: number; readonly what: Misfortune }
  | { readonly do: "befall-at"; readonly moment: Moment; readonly what: Misfortune }
  /** A deploy: drained, then replaced. */
  | { readonly do: "replace-instance"; readonly instance: number }
  | { readonly do: "step-clock"; readonly instance: number; readonly byMs: number }
  | { readonly do: "token-fault"; readonly fault: TokenFault; readonly count: number }
  | {
      readonly do: "provider-down";
      readonly how: "refusing" | "busy" | "failing" | "silent" | "refusing-everyone" | "refusing-us";
      readonly ms: number;
    }
  | { readonly do: "revoke-grant"; readonly browser: number }
  | { readonly do: "back-channel"; readonly browser: number; readonly by: "sid" | "sub" }
  | {
      readonly do: "store-fault";
      readonly call: StoreCall | "any";
      readonly fault: StoreFault;
      readonly count: number;
    }
  | { readonly do: "store-down"; readonly how: StoreOutage; readonly ms: number }
  /** The store is out of reach of these instances alone. */
  | {
      readonly do: "partition";
      readonly instances: readonly number[];
      readonly how: StoreOutage;
      readonly ms: number;
    }
  | { readonly do: "provider-clock"; readonly byMs: number }
  /** The record of this browser's newest session can't be read for a while. */
  | { readonly do: "store-damages"; readonly browser: number; readonly ms: number }
  | {
      readonly do: "store-down-at";
      readonly moment: Moment;
      readonly how: StoreOutage;
      readonly ms: number;
    }
  /** Writes of the last moments are undone, as by a failover; all of them: flushed. */
  | { readonly do: "store-forgets"; readonly lastMs: number };

/** One thing that somebody does, or that happens, at an instant (milliseconds since the world began). */
export type Step = (Action | Fault) & { readonly at: number };
