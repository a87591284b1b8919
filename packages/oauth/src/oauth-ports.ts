import type { OAuthEvent } from "./oauth-event.ts";
import type { ProviderFetch } from "./call/provider-fetch.ts";

/** What this package needs from outside. */
export interface OAuthPorts {
  readonly fetch: ProviderFetch;
  readonly nowMs: () => number;
  /** Cryptographically strong. Default: the platform's `crypto`. */
  readonly randomBytes?: (byteCount: number) => Uint8Array;
  readonly log?: (event: OAuthEvent) => void;
  /** The provider did what it was asked: a sign-in, a refresh, UserInfo, validation, revocation, its metadata. */
  readonly onSuccess?: () => void;
  /** For the deadlines of calls. Default: the platform's. */
  readonly timers?: {
    readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
    readonly clearTimeout: (timer: unknown) => void;
  };
}
