import type { CoatcheckClient } from "@coatcheck/client";
import type { QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useClient } from "./use-client.ts";

/** Drops all cached answers when the page belongs to somebody else or to nobody; `CoatcheckProvider` does it when given a `queryClient`. */
export function useClearOnPersonChange(queryClient: QueryClient): void {
  const client = useClient();
  useEffect(() => clearOnPersonChange(client, queryClient), [client, queryClient]);
}

export function clearOnPersonChange(client: CoatcheckClient, queryClient: QueryClient): () => void {
  return client.onPersonChange(() => queryClient.clear());
}
