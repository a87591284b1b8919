/**
 * The sessions that a person has in all their browsers.
 *
 * @example
 * ```tsx
 * const client = useClient();
 * const list = useQuery(ownSessionsQueryOptions(client));
 * ```
 *
 * @module
 */
export { ownSessionsQueryOptions } from "./own-sessions-query-options.ts";
