import type { CoatcheckClient } from "@coatcheck/client";
import { queryOptions, type QueryKey } from "@tanstack/react-query";
import { getApiJson } from "./get-api-json.ts";
import { personQuery } from "./person-query.ts";

export interface ApiQuery<T> {
  client: CoatcheckClient;
  /** Without the person, who is put in front. */
  queryKey: QueryKey;
  /** On the page's own origin: `/api/notes?page=2`. */
  path: string;
  /** Checks the JSON body; what it throws isn't retried. */
  parse: (body: unknown) => T;
}

/** Query options for a GET of JSON from an API behind the counter. An answer that isn't a success throws `ApiError`. */
export function apiQueryOptions<T>({ client, queryKey, path, parse }: ApiQuery<T>) {
  return queryOptions(
    personQuery(client, queryKey, async ({ signal }) => parse(await getApiJson(client, path, signal))),
  );
}
