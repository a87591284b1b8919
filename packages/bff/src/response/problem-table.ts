import type { ProblemCode } from "@coatcheck/contract";

/**
 * What a client reads for each code: the one place where failures get words. Titles are fixed and reflect nothing.
 *
 * `detail` says what the caller can do, where there is something.
 */
export const PROBLEM_TABLE = {
  bad_request: { title: "The request can't be read." },
  ambiguous_path: {
    title: "The path can be read in two ways.",
    detail: "Leave out encoded slashes, dot segments and doubled slashes.",
  },
  no_session: { title: "Nobody is signed in." },
  stale_cookie: { title: "This cookie was replaced long ago.", detail: "Sign in again." },
  step_up_required: { title: "This needs a fresh or stronger sign-in." },
  guard_refused: {
    title: "Not a request of our own page.",
    detail: "Send X-Coatcheck: 1 with a same-origin request.",
  },
  insufficient_scope: {
    title: "This session may not do that.",
    detail: "Its access token lacks a scope that is needed here; the provider has to grant it.",
  },
  resource_unavailable: {
    title: "This session can't get an access token for this API.",
    detail:
      "The provider gave no refresh token at sign-in, or none that is bound to a key; trying again doesn't help.",
  },
  unknown_route: { title: "There is nothing here." },
  method_not_allowed: { title: "This method isn't offered here." },
  user_changed: { title: "Somebody else is signed in now.", detail: "Load the page again." },
  body_too_large: { title: "The body is too large." },
  uri_too_long: { title: "The address is too long." },
  headers_too_large: { title: "The header fields are too large." },
  rate_limited: { title: "Too many requests.", detail: "Wait as long as Retry-After says." },
  internal: { title: "Something broke on our side." },
  provider_error: { title: "The identity provider gave an answer that can't be used." },
  upstream_failed: { title: "The API could not be reached or broke off." },
  refresh_unavailable: { title: "The access token can't be renewed just now." },
  ledger_unavailable: { title: "The session store can't be reached just now." },
  overloaded: { title: "There is too much to do just now.", detail: "Wait as long as Retry-After says." },
  provider_unavailable: { title: "The identity provider can't be reached just now." },
  upstream_timeout: { title: "The API took too long." },
} satisfies Record<ProblemCode, { readonly title: string; readonly detail?: string }>;
