/**
 * Codes with which the BFF closes a WebSocket, beside those of RFC 6455; an API's own never reach the page under these numbers.
 * The reason is the word that `GET /bff/session` has for it: `signed_out`, `idle_timeout`, ...
 */
export const SOCKET_CODES = {
  /** The session has ended: ask who is signed in before connecting again. */
  sessionEnded: 4401,
  /** One of the session's deadlines has passed. */
  sessionTimedOut: 4408,
} as const;
