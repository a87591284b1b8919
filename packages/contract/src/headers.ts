/**
 * The static header that every non-navigation request carries (`X-Coatcheck: 1`).
 *
 * A cross-origin page can't send it without a CORS preflight, which the BFF never grants.
 *
 * @see RFC 10017 section 6.1.3.3.2
 */
export const GUARD_HEADER = "x-coatcheck";
export const GUARD_HEADER_VALUE = "1";

/** `Coatcheck-Problem: <code>` marks our own problems; it is stripped from upstream answers. */
export const PROBLEM_HEADER = "coatcheck-problem";

/** `X-Coatcheck-User: <userKey>`: the person for whom the page was rendered; a mismatch answers `409 user_changed`. */
export const USER_HEADER = "x-coatcheck-user";

/**
 * `X-Coatcheck-Idle: 1`: nobody has touched the page for a while. The call is answered like any other and doesn't extend the
 * session: a page that refreshes by itself must not keep one alive that its person has left.
 */
export const IDLE_HEADER = "x-coatcheck-idle";
