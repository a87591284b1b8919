import { CoatcheckError, type CoatcheckClient } from "@coatcheck/client";
import type { CallEnd } from "./storm-ports.ts";

/** Calls the notes API; a problem of the counter's own, or no answer at all, is an end like any other. */
export async function callNotes(client: CoatcheckClient): Promise<CallEnd> {
  const startedAt = performance.now();
  const ms = () => Math.round(performance.now() - startedAt);
  try {
    // Past the browser's cache, which would send calls of one address one after the other.
    const response = await client.apiFetch("/api/notes?limit=1", { cache: "no-store" });
    await response.arrayBuffer();
    return { status: response.status, ms: ms() };
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error;
    return { status: error.status ?? 0, ms: ms(), retryAfterSeconds: error.retryAfterSeconds };
  }
}
