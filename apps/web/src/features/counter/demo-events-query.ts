import { CoatcheckError, type CoatcheckClient } from "@coatcheck/client";
import { DEMO_PATHS, demoEventsSchema, type DemoEvent } from "@coatcheck/contract";
import { personQueryKey } from "@coatcheck/react";
import { queryOptions, useQuery } from "@tanstack/react-query";

/** What the server did for this session lately; only a demo server tells. */
export async function fetchDemoEvents(client: CoatcheckClient): Promise<readonly DemoEvent[]> {
  const response = await client.apiFetch(DEMO_PATHS.events);
  return demoEventsSchema.parse(await response.json()).events;
}

/** Marks the access token expired, so that the next call renews it. */
export async function expireAccessToken(client: CoatcheckClient): Promise<void> {
  await client.apiFetch(DEMO_PATHS.expire, { method: "POST" });
}

function isDemoQueryOptions(client: CoatcheckClient) {
  return queryOptions({
    queryKey: personQueryKey(client, "is-demo"),
    queryFn: async () => {
      try {
        await fetchDemoEvents(client);
        return true;
      } catch (error) {
        if (error instanceof CoatcheckError && error.code === "unknown_route") return false;
        throw error;
      }
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether the server has its demo part; `undefined` until it has said so. */
export function useIsDemo(client: CoatcheckClient): boolean | undefined {
  const { data, isError } = useQuery(isDemoQueryOptions(client));
  return isError ? false : data;
}
