/**
 * Keeps what a person typed in this browser until the server has it.
 *
 * @example
 * ```ts
 * const drafts = createDrafts({ person: userKey, schema: noteSchema });
 * await drafts.ready;
 * ```
 *
 * @module
 */
export { createDrafts, type Draft, type Drafts, type DraftsOptions } from "./drafts.ts";
