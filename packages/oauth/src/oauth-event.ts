import type { UserinfoRefusal } from "./access-token/userinfo.ts";
import type { IdTokenRefusal } from "./jwt/id-token.ts";
import type { DetailsDifference } from "./sign-in/granted-details.ts";
import type { IgnoredEndpoint } from "./setup/metadata-document.ts";
import type { UncheckedWord } from "./presets/plain-oauth.ts";

/** What this package reports to the `log` port, beside what its functions answer. Never holds a secret, nor a text that a provider wrote, but for values of
 * its metadata, made safe for a log. */
export type OAuthEvent =
  | { readonly event: "metadata_fetched"; readonly issuer: string }
  | {
      readonly event: "metadata_failed";
      readonly issuer: string;
      readonly reason: string;
      readonly usingStale: boolean;
      /** What the provider says, and what to change; there where waiting doesn't help. */
      readonly advice?: string;
    }
  /** A broken optional endpoint of the metadata: its feature is off. Told once. */
  | ({ readonly event: "metadata_endpoint_ignored"; readonly issuer: string } & IgnoredEndpoint)
  /** The metadata doesn't list the configured way of client authentication. Told once. */
  | { readonly event: "client_auth_not_listed"; readonly issuer: string; readonly advice: string }
  /** The provider doesn't accept our client id or secret: nobody can sign in or refresh. Told once a minute at most. */
  | { readonly event: "client_refused"; readonly issuer: string; readonly advice: string }
  /** The first of this client's keys can't sign: nobody can sign in or refresh. */
  | { readonly event: "client_key_unusable"; readonly issuer: string; readonly advice: string }
  /** The client's certificate ends soon, or has ended: nobody can sign in or refresh from then on. Told once. */
  | { readonly event: "client_certificate_expiring"; readonly issuer: string; readonly expiresAt: string }
  /** The provider offers no revocation of refresh tokens, or no signing out. Told once, when it is asked for. */
  | {
      readonly event: "revocation_unsupported" | "end_session_unsupported";
      readonly issuer: string;
      readonly advice: string;
    }
  /** Tokens were to be bound to a key, and the provider gave some that aren't. */
  | { readonly event: "dpop_ignored"; readonly issuer: string }
  /** The same for a certificate, where a token says what it is bound to. */
  | { readonly event: "certificate_binding_ignored"; readonly issuer: string }
  /** The endpoint for pushed requests doesn't answer as one; where pushing isn't required, sign-ins go without for a while. */
  | {
      readonly event: "push_failed";
      readonly issuer: string;
      readonly reason: string;
      readonly isRequired: boolean;
    }
  | { readonly event: "keys_fetched"; readonly issuer: string; readonly count: number }
  | {
      readonly event: "keys_failed";
      readonly issuer: string;
      readonly reason: string;
      readonly usingStale: boolean;
    }
  /** UserInfo, asked at sign-in, gave nothing that can be used; the sign-in goes on without it. */
  | {
      readonly event: "userinfo_left_out";
      readonly issuer: string;
      readonly reason: UserinfoRefusal | "token_refused" | "unavailable";
    }
  /** Plain OAuth: the list of addresses, asked at sign-in or for the profile, gave none; all else goes on without it. */
  | {
      readonly event: "emails_left_out";
      readonly issuer: string;
      readonly reason: "email_missing" | "unavailable" | `status_${number}`;
    }
  /** Plain OAuth: what a sign-in can't check there, in words that the documentation explains. Told at start. */
  | {
      readonly event: "sign_in_unchecked";
      readonly issuer: string;
      readonly unchecked: readonly UncheckedWord[];
    }
  /** The provider granted less than was asked for; `missing` names the configured scopes that weren't (S-036). */
  | { readonly event: "scope_reduced"; readonly issuer: string; readonly missing: readonly string[] }
  /** The provider granted in detail something else than was asked for: types that it left out, and how many nobody asked for. */
  | ({ readonly event: "authorization_details_differ"; readonly issuer: string } & DetailsDifference)
  /** A refreshed ID token couldn't be used; the tokens beside it count. */
  | {
      readonly event: "id_token_left_out";
      readonly issuer: string;
      readonly reason: IdTokenRefusal | "keys_unavailable";
    };
