import type { CoatcheckClient } from "@coatcheck/client";
import { queryOptions } from "@tanstack/react-query";
import { personQueryKey } from "./person-query-key.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

/** Facts about the access token of a resource (default `""`: the provider's own token), never the token. */
export function tokenFactsQueryOptions(client: CoatcheckClient, resource = "") {
  return queryOptions({
    queryKey: personQueryKey(client, "token-facts", resource),
    queryFn: () => client.validate({ resource }),
    retry: shouldRetry,
    retryDelay,
  });
}
