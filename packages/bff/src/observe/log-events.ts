/**
 * Every event of the log, in a word that stays the same, and what it says. Each is written in one place; a test holds this
 * table to the code. Each line has `level`, and where they are known `requestId`, `session` (a hash) and `clientAddress`.
 */
export const LOG_EVENTS = {
  sign_in_started: "A browser was sent to the provider.",
  sign_in: "A sign-in was finished.",
  sign_in_failed:
    "A sign-in was not begun, or not finished, for `reason`; `status` and `error`: the provider's answer to the code.",
  no_refresh_token: "A sign-in brought no refresh token; `advice`: what to change.",
  sign_out:
    "Somebody signed out; `sessions`: how many sessions of this browser ended; `everywhere`: those of all others, too.",
  session_ended: "A session was ended in the ledger, for `reason`.",
  session_too_large:
    "A session is (`error`), or nearly is (`warn`), larger than its cookie may be; `largest`: what makes it so.",
  stale_cookie: "Security: a cookie whose refresh token was spent came after its time.",
  refresh: "A refresh ended with `outcome`, after `durationMs`; `reason` and `status`: of a failure.",
  refresh_unavailable: "A request needed a refresh that can't be had just now.",
  token_not_bound:
    "A `route` wants tokens that are bound to a key or a certificate (`tokenProof`), and the session's isn't.",
  route_of_all_providers:
    "At start: there are several providers, and the APIs of `routes` get the tokens of all of them; `advice`: what to change.",
  resource_unavailable:
    "A request needed a token for `resource` that can never be had; `provider`: the session is of one that the route isn't for.",
  token_exchange_failed:
    "The provider gave no token for `audience` or `resource` in exchange for a person's own; `kind` and `reason`: why.",
  client_token_failed: "The provider gave the application itself no token for `resource`, for `reason`.",
  other_identity: "Security: a refresh brought tokens of somebody else; the session was ended.",
  late_success: "New tokens came for a session that had ended meanwhile; `revoked`: they were handed back.",
  revocation_failed: "A refresh token that no session will spend could not be revoked at the provider.",
  backchannel_logout: "The provider ended sessions.",
  backchannel_logout_refused: "A logout token was refused, for `reason`.",
  guard_refused: "A request was not our own page's, for `reason`.",
  host_refused: "A request named another host; `advice`: what to change.",
  rate_limited: "A client sent too many requests to `route`.",
  overloaded:
    "A request to `route` was refused, since a `limit` was reached: that of the `session`, the `upstream` or the `sockets`; `circuit`: its API couldn't be reached lately.",
  circuit_opened:
    "An API (`upstream`) can't be reached, for the `reason` of the last failure: from now on its calls are refused, but for one at a time.",
  circuit_closed: "That API can be reached again, after `openMs`; `refused`: how many calls were.",
  client_address_unknown:
    "Clients can't be distinguished, so nothing is limited by client; `advice`: what to change.",
  proxy_refused: "An API call was refused, for `code`, before the API was contacted.",
  proxy_failed: "An API could not be reached, or broke off, for `reason`.",
  csp_report: "A browser reported what the page's policy blocked.",
  ledger_unavailable: "A request (`during`) needed the ledger, which can't be reached.",
  ledger_down: "The ledger can't be reached.",
  ledger_up: "The ledger can be reached again, after `downMs`.",
  record_unreadable: "A session's record in the ledger is damaged: it alone can't be refreshed.",
  record_delayed: "An outcome can't be recorded yet; the process keeps trying.",
  breaker_opened: "The provider doesn't answer: from now on one call a second goes through.",
  breaker_closed: "The provider answers again.",
  provider_unavailable:
    "A request (`during`) needed the provider, which can't be reached or used, for `reason`.",
  provider_refused: "A request (`during`) got an answer of the provider that can't be used, for `reason`.",
  oauth_metadata_fetched: "The provider's metadata was fetched.",
  oauth_metadata_failed:
    "The provider's metadata can't be fetched or used, for `reason`; `usingStale`: an older copy is; `advice`: what to change.",
  oauth_metadata_endpoint_ignored:
    "An optional `endpoint` of the metadata is broken, so its feature is off; `advice`: what to change.",
  oauth_client_auth_not_listed:
    "The metadata doesn't list the configured client authentication; `advice`: what to change.",
  oauth_client_key_unusable:
    "The first of the application's own keys can't sign: nobody can sign in or refresh; `advice`: what to change.",
  oauth_client_certificate_expiring:
    "The application's certificate ends at `expiresAt`, or has ended: nobody can sign in or refresh from then on.",
  oauth_client_refused:
    "The provider refuses our client id, secret, key or certificate: nobody can sign in or refresh; `advice`: what to change.",
  oauth_revocation_unsupported: "The provider offers no revocation; `advice`: what to change.",
  oauth_end_session_unsupported: "The provider offers no sign-out; `advice`: what to change.",
  oauth_dpop_ignored: "Tokens were to be bound to a key (DPoP), and the provider gave some that aren't.",
  oauth_certificate_binding_ignored:
    "Tokens were to be bound to the application's certificate, and the provider gave some that aren't.",
  oauth_push_failed:
    "The provider's endpoint for pushed requests doesn't answer as one, for `reason`; unless `isRequired`, sign-ins go without it for a while.",
  oauth_keys_fetched: "The provider's `count` keys were fetched.",
  oauth_keys_failed: "The provider's keys can't be fetched, for `reason`; `usingStale`: older ones are used.",
  oauth_userinfo_left_out: "UserInfo at sign-in gave nothing that can be used, for `reason`.",
  oauth_emails_left_out: "The list of a person's e-mail addresses gave no primary one, for `reason`.",
  oauth_sign_in_unchecked:
    "At start: the provider speaks plain OAuth 2.0; `unchecked`: what OpenID Connect would have checked.",
  oauth_scope_reduced: "The provider granted less than was asked for; `missing`: the scopes.",
  oauth_authorization_details_differ:
    "The provider granted in detail (RFC 9396) something else than was asked for; `missing`: types that it left out, in whole or in part; `unasked`: how many nobody asked for.",
  oauth_id_token_left_out: "A refreshed ID token can't be used, for `reason`; the tokens beside it count.",
  log_lines_dropped: "So many `lines` found no reader and are lost.",
  internal_error: "Something failed that never should; `kind` and `where` name it.",
} as const;

export type LogEventName = keyof typeof LOG_EVENTS;
