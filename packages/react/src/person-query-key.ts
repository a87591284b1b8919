import type { CoatcheckClient } from "@coatcheck/client";
import type { QueryKey } from "@tanstack/react-query";

/** A query key that belongs to the person of the page: one person's cache never serves another. */
export function personQueryKey(client: CoatcheckClient, ...key: QueryKey): readonly unknown[] {
  return ["coatcheck", client.userKey() ?? null, ...key];
}
