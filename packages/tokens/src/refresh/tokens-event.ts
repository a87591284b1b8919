import type { EndReason } from "../ledger/ledger.ts";
import type { RefreshAnswer } from "./refresh-call.ts";

/** What `refresh_total` counts by: a success, or how the token call failed (`terminal`: the session ended). */
export type RefreshEventOutcome =
  | "led"
  | "joined"
  | "replayed"
  | "window"
  | Exclude<RefreshAnswer["kind"], "success">;

/** What happened, for metrics and logs. Never a token; `session` is a one-way fingerprint of the session id. */
export type TokensEvent =
  | {
      readonly kind: "refresh";
      readonly outcome: RefreshEventOutcome;
      readonly trigger: "implicit" | "explicit";
      readonly resource: string;
      readonly durationMs: number;
      /** After the event. */
      readonly generation: number;
      readonly session: string;
      /** Of the access token that it brought, in ms since the epoch; absent where none came, or nobody here made the call. */
      readonly expiresAt?: number;
      /** Of a failure, as the caller of the provider named it. */
      readonly reason?: string;
      readonly status?: number;
    }
  /** Security event: a cookie whose refresh token was spent, shown after its time. */
  | { readonly kind: "stale_cookie"; readonly session: string; readonly generation: number }
  /** Security event: the provider's answer was about somebody else; the session was ended. */
  | { readonly kind: "other_identity"; readonly session: string; readonly reason: string }
  | { readonly kind: "session_ended"; readonly session: string; readonly reason: EndReason }
  /** A provider's tokens came for a session that had ended; `revoked`: they were handed back. */
  | { readonly kind: "late_success"; readonly session: string; readonly revoked: boolean }
  | { readonly kind: "revoke_failed"; readonly session: string }
  /** An outcome can't be recorded; the process keeps trying. */
  | { readonly kind: "record_delayed"; readonly session: string; readonly what: string }
  /** This session's record is damaged: it alone can't be refreshed. */
  | { readonly kind: "record_unreadable"; readonly session: string }
  /** Something threw that never should; `reason` is the error's name. The session is kept. */
  | { readonly kind: "defect"; readonly reason: string }
  | { readonly kind: "ledger_down"; readonly code: string }
  | { readonly kind: "ledger_up"; readonly downMs: number }
  | { readonly kind: "breaker_opened" }
  | { readonly kind: "breaker_closed" };

export type TokensObserver = (event: TokensEvent) => void;
