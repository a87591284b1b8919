/**
 * The sessions that a person has in all their browsers: list them, end one.
 *
 * @example
 * ```ts
 * const own = createOwnSessions(client);
 * const { sessions } = await own.list();
 * ```
 *
 * @module
 */
export {
  createOwnSessions,
  hasOwnSessions,
  type OwnSessions,
  type OwnSessionsOptions,
} from "./own-sessions.ts";
export type { ListedSessionView, SessionListView } from "@coatcheck/contract";
