import type { CoatcheckClient } from "@coatcheck/client";
import { readApiAnswer } from "./api-answer.ts";

/** GETs JSON from an API behind the counter; an answer that isn't a success throws `ApiError`. */
export async function getApiJson(
  client: CoatcheckClient,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  return readApiAnswer(
    await client.apiFetch(path, { headers: { accept: "application/json" }, ...(signal && { signal }) }),
  );
}
