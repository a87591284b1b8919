/**
 * Node's connections to a provider: they know whether a request was sent.
 *
 * @example
 * ```ts
 * const fetch = createNodeFetch();
 * try {
 *   const answer = await fetch(url, { method: "POST", maySend });
 *   return answer.status;
 * } finally {
 *   fetch.close();
 * }
 * ```
 *
 * @module
 */
export { clientKeysFromPem, isPem } from "./client-keys-from-pem.ts";
export { generateClientKeys } from "./generate-client-keys.ts";
export { readClientCertificate } from "./read-client-certificate.ts";
export { createNodeFetch } from "./node-fetch.ts";
export type { NodeFetch, NodeFetchOptions } from "./node-fetch.ts";
