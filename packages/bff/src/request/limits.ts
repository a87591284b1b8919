/** Of requests to the BFF's own routes. */
export const OWN_BODY_BYTES = 64 * 1024;
/** Path and query: filters of a page grow long, and proxies in front take 8 KiB and more. */
export const MAX_TARGET_BYTES = 16 * 1024;
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADER_COUNT = 100;

/** A body that is small enough to be kept for sending it once more. */
export const MAX_REPLAYED_BODY_BYTES = 64 * 1024;
