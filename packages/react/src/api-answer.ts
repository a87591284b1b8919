import { readRetryAfter } from "@coatcheck/client";
import { ApiError } from "./api-error.ts";

/** The JSON of an API's answer (`undefined` where it has no body); an answer that isn't a success throws `ApiError`. */
export async function readApiAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) {
    throw new ApiError(response.status, parseJson(text) ?? text, readRetryAfter(response, Date.now()));
  }
  return text === "" ? undefined : JSON.parse(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
