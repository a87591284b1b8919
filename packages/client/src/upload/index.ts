/**
 * `apiFetch` that says how much of the body has been sent.
 *
 * @example
 * ```ts
 * const client = createClient({ keepCalls: true });
 * const upload = createUpload(client);
 * ```
 *
 * @module
 */
export { createUpload, type UploadProgress } from "./upload.ts";
