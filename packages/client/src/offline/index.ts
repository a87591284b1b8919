/**
 * Knows whose page it was last, where no server answers.
 *
 * @example
 * ```ts
 * const client = createClient({ memory: createSessionMemory() });
 * client.start();
 * ```
 *
 * @module
 */
export { createSessionMemory, type SessionMemory } from "./session-memory.ts";
