import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { SuccessorCrypto } from "../grant/successor-crypto.ts";
import type { Tip } from "../grant/walk-to-tip.ts";
import type { EndReason } from "../ledger/ledger.ts";
import type { TimerPorts } from "../timer-ports.ts";
import type { KeeperPolicy } from "./keeper-policy.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import type { RefreshCall, RevokeCall } from "./refresh-call.ts";
import type { TokensObserver } from "./tokens-event.ts";

/** What one refresh is to do: spend the tip's refresh token for this resource. */
export interface RefreshTask {
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

/** What a refresh works with. */
export interface RefreshParts {
  readonly access: LedgerAccess;
  readonly crypto: SuccessorCrypto;
  readonly policy: KeeperPolicy;
  readonly ports: TimerPorts & { readonly randomBytes: (count: number) => Uint8Array };
  readonly refresh: RefreshCall;
  readonly revoke: RevokeCall | undefined;
  readonly observer: TokensObserver;
  /** Keeps `drain()` waiting for it. */
  readonly track: (work: Promise<unknown>) => void;
}

/** What a tip that the ledger knows means for a refresh that began at `from`. */
export function toResult(from: Grant, tip: Tip, how: "joined" | "replayed"): RefreshResult {
  // A later tip that looks spent may be in the making: whether its leader is about to record it, its own claim will say.
  const isLost = tip.isStale && tip.grant.generation === from.generation;
  return isLost ? { kind: "stale" } : { kind: "advanced", grant: tip.grant, how };
}
