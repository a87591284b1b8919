import type { CoatcheckClient } from "@coatcheck/client";
import { MIRROR_PATH, mirrorSchema } from "@coatcheck/contract";
import { expireAccessToken, fetchDemoEvents, fetchHeld } from "../events/demo-calls.ts";

/** One call, as it went; durations in milliseconds, each measured where it passed. */
export type WatchedCall = {
  status: number;
  /** From the browser's sending to the whole answer. */
  totalMs: number;
  /** In the counter, all in all. */
  counterMs: number;
  /** Of that, in the token call, where this call had to make one. */
  refreshMs: number | undefined;
  /** In the API itself. */
  apiMs: number;
  coat: number | undefined;
  /** Names of headers, in lower case. */
  takenOff: readonly string[];
  putOn: readonly string[];
};

/** Calls the mirror through the counter, and reads on all sides what happened to that call. */
export async function watchCall(client: CoatcheckClient, isExpired: boolean): Promise<WatchedCall> {
  const held = await fetchHeld(client);
  if (isExpired) await expireAccessToken(client);
  const lastId = Math.max(0, ...(await fetchDemoEvents(client)).map(({ id }) => id));
  const startedAt = performance.now();
  const response = await client.apiFetch(MIRROR_PATH);
  const mirror = mirrorSchema.parse(await response.json());
  const totalMs = performance.now() - startedAt;
  const events = (await fetchDemoEvents(client)).filter(({ id }) => id > lastId);
  const call = events.find((event) => event.kind === "call" && event.route === MIRROR_PATH);
  const refresh = events.find((event) => event.kind === "refresh" && event.outcome === "led");
  return {
    status: response.status,
    totalMs,
    counterMs: call?.kind === "call" ? call.durationMs : totalMs,
    refreshMs: refresh?.kind === "refresh" ? refresh.durationMs : undefined,
    apiMs: mirror.tookMs,
    coat: refresh?.kind === "refresh" ? refresh.generation : undefined,
    takenOff: held.headers.filter((name) => !mirror.headers.includes(name)),
    putOn: mirror.headers.filter((name) => !held.headers.includes(name)),
  };
}

/** Where the time went, in the order of the way; the rest of the total is the browser's own and the wires'. */
export function splitTime({ totalMs, counterMs, refreshMs = 0, apiMs }: WatchedCall) {
  const counter = Math.max(0, counterMs - refreshMs - apiMs);
  return { counter, provider: refreshMs, api: apiMs, wires: Math.max(0, totalMs - counterMs) };
}
