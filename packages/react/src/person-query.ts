import { CoatcheckError, type CoatcheckClient } from "@coatcheck/client";
import type { QueryFunctionContext, QueryKey } from "@tanstack/react-query";
import { personQueryKey } from "./person-query-key.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

/**
 * What all our query options share: the person's key, our retry rules, and a watch over the person.
 *
 * Without the watch, an answer to the next person could be stored under the key of the one before.
 */
export function personQuery<T>(
  client: CoatcheckClient,
  key: QueryKey,
  read: (context: QueryFunctionContext) => Promise<T>,
) {
  const userKey = client.userKey();
  return {
    queryKey: personQueryKey(client, ...key),
    queryFn: async (context: QueryFunctionContext): Promise<T> => {
      const data = await read(context);
      if (userKey !== undefined && userKey !== client.userKey()) {
        throw new CoatcheckError("user_changed", "The page is somebody else's.");
      }
      return data;
    },
    retry: shouldRetry,
    retryDelay,
  };
}
