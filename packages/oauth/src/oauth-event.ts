/** What this package reports to the `log` port. Never holds a secret or a text that a provider wrote. */
export type OAuthEvent =
  | { readonly event: "metadata_fetched"; readonly issuer: string }
  | {
      readonly event: "metadata_failed";
      readonly issuer: string;
      readonly reason: string;
      readonly usingStale: boolean;
    }
  | { readonly event: "keys_fetched"; readonly issuer: string; readonly count: number }
  | {
      readonly event: "keys_failed";
      readonly issuer: string;
      readonly reason: string;
      readonly usingStale: boolean;
    }
  | { readonly event: "login_refused"; readonly issuer: string; readonly reason: string }
  /** The provider granted less than was asked for; `missing` names the configured scopes that weren't (S-036). */
  | { readonly event: "scope_reduced"; readonly issuer: string; readonly missing: readonly string[] }
  /** The sign-in can't be refreshed; `advice` says what to change. */
  | { readonly event: "refresh_token_missing"; readonly issuer: string; readonly advice: string }
  | {
      readonly event: "refresh_ended";
      readonly issuer: string;
      readonly kind: "success" | "terminal" | "refused" | "unsent" | "ambiguous";
      readonly reason?: string;
      readonly status?: number;
      readonly durationMs: number;
    }
  | { readonly event: "logout_token_refused"; readonly issuer: string; readonly reason: string };
