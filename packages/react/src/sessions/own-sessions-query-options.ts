import type { CoatcheckClient } from "@coatcheck/client";
import { createOwnSessions } from "@coatcheck/client/sessions";
import { queryOptions } from "@tanstack/react-query";
import { personQuery } from "../person-query.ts";

/** The person's sessions in all browsers; `createOwnSessions(client).end(id)` ends one. */
export function ownSessionsQueryOptions(client: CoatcheckClient) {
  return queryOptions(personQuery(client, ["sessions"], () => createOwnSessions(client).list()));
}
