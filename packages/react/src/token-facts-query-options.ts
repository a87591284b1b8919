import type { CoatcheckClient } from "@coatcheck/client";
import { queryOptions } from "@tanstack/react-query";
import { personQuery } from "./person-query.ts";

/** Facts about the access token of a resource (default `""`: the provider's own token), never the token. */
export function tokenFactsQueryOptions(client: CoatcheckClient, resource = "") {
  return queryOptions(personQuery(client, ["token-facts", resource], () => client.validate({ resource })));
}
