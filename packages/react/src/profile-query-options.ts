import type { CoatcheckClient } from "@coatcheck/client";
import { queryOptions } from "@tanstack/react-query";
import { personQueryKey } from "./person-query-key.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

/** The provider's UserInfo claims. */
export function profileQueryOptions(client: CoatcheckClient) {
  return queryOptions({
    queryKey: personQueryKey(client, "profile"),
    queryFn: () => client.userinfo(),
    retry: shouldRetry,
    retryDelay,
  });
}
