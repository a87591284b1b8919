import type { CoatcheckClient } from "@coatcheck/client";
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { clearOnPersonChange } from "./use-clear-on-person-change.ts";
import { CoatcheckContext } from "./coatcheck-context.ts";

export interface CoatcheckProviderProps {
  client: CoatcheckClient;
  /** Cleared when the page belongs to somebody else, or to nobody. */
  queryClient?: QueryClient;
  children?: ReactNode;
}

/** Gives the components below it the client, and keeps the client listening while it is mounted. */
export function CoatcheckProvider({ client, queryClient, children }: CoatcheckProviderProps): ReactNode {
  // In this order, so that the first answer already finds the listener.
  useEffect(() => queryClient && clearOnPersonChange(client, queryClient), [client, queryClient]);
  useEffect(() => client.start(), [client]);
  return <CoatcheckContext value={client}>{children}</CoatcheckContext>;
}
