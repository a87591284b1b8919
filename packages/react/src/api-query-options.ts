import { readRetryAfter, type CoatcheckClient } from "@coatcheck/client";
import { queryOptions, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";
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
    personQuery(client, queryKey, async ({ signal }) => parse(await getJson(client, path, signal))),
  );
}

async function getJson(client: CoatcheckClient, path: string, signal: AbortSignal): Promise<unknown> {
  const response = await client.apiFetch(path, { signal, headers: { accept: "application/json" } });
  if (response.ok) return response.json();
  const text = await response.text();
  throw new ApiError(response.status, parseJson(text) ?? text, readRetryAfter(response, Date.now()));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
