/** Claims that the page may see unless configuration says otherwise. */
export const DEFAULT_USER_CLAIMS = [
  "sub",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
  "email",
  "email_verified",
  "picture",
  "locale",
] as const;

export const API_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

export const DEFAULT_IDLE_TIMEOUT_SECONDS = 1_800;
export const DEFAULT_ABSOLUTE_TIMEOUT_SECONDS = 43_200;
export const DEFAULT_STALE_COOKIE_SECONDS = 600;

/** Of requests to the BFF's own routes. */
export const OWN_BODY_BYTES = 64 * 1024;
export const MAX_TARGET_BYTES = 8 * 1024;
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADER_COUNT = 100;

/** A body that is small enough to be kept for sending it once more. */
export const MAX_REPLAYED_BODY_BYTES = 64 * 1024;
