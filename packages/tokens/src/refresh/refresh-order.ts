import type { SessionRef } from "../grant/session-ref.ts";
import type { EndReason } from "../ledger/ledger.ts";
import type { Grant } from "../grant/grant.ts";
import type { KeeperPorts } from "./keeper-ports.ts";
import type { Breaker } from "./breaker.ts";
import type { LedgerGate } from "./ledger-gate.ts";
import type { KeeperPolicy } from "./policy.ts";
import type { RefreshCall, RevokeCall } from "./refresh-call.ts";
import type { SessionAddresses } from "./session-address.ts";
import type { SuccessorCrypto } from "../grant/successor-crypto.ts";
import type { TokensObserver } from "./tokens-event.ts";

/** What one refresh is to do: spend this grant's refresh token for this resource. */
export interface RefreshOrder {
  readonly session: SessionRef;
  /** The newest grant known; its generation is claimed. */
  readonly tip: Grant;
  readonly resource: string;
  /** `window`: somebody's token still works, so nothing is waited for. */
  readonly mode: "must" | "window";
  readonly trigger: "implicit" | "explicit";
  /** The token in use has really expired, or the provider has a grace: a try after an ambiguous one is worth its risk. */
  readonly mayRepeatAmbiguous: boolean;
}

/** How a refresh ended for everyone who waited for it. */
export type RefreshResult =
  /** `joined`: led elsewhere, while this one waited. */
  | {
      readonly kind: "advanced";
      readonly grant: Grant;
      readonly how: "led" | "joined" | "replayed";
      /** The ledger doesn't know of it yet: good for its token, but nothing to go on from. */
      readonly isUnrecorded?: true;
    }
  | { readonly kind: "ended"; readonly reason: EndReason }
  | { readonly kind: "stale" }
  /**
   * - `tried`: the provider was asked and failed.
   * - `backing_off`: too early after a failure.
   * - `held`: an ambiguous try isn't repeated while the token lives.
   * - `busy`: somebody else is at it, or got ahead; look again.
   */
  | {
      readonly kind: "failed";
      readonly cause: "tried" | "backing_off" | "held" | "busy";
      readonly retryInMs: number;
    }
  | { readonly kind: "ledger_down" };

/** What every part of a refresh works with. */
export interface RefreshTools {
  readonly gate: LedgerGate;
  readonly addresses: SessionAddresses;
  readonly crypto: SuccessorCrypto;
  readonly breaker: Breaker;
  readonly policy: KeeperPolicy;
  readonly ports: KeeperPorts;
  readonly refresh: RefreshCall;
  readonly revoke: RevokeCall | undefined;
  readonly observer: TokensObserver;
  /** Called after each token call that has been recorded. */
  readonly reportSize: () => void;
  /** Keeps `drain()` waiting for it. */
  readonly track: (work: Promise<unknown>) => void;
}
