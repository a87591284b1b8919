import { readRetryAfter, type CoatcheckClient } from "@coatcheck/client";
import { ApiError } from "./api-error.ts";

/** GETs JSON from an API behind the counter; an answer that isn't a success throws `ApiError`. */
export async function getApiJson(
  client: CoatcheckClient,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const response = await client.apiFetch(path, {
    headers: { accept: "application/json" },
    ...(signal && { signal }),
  });
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
