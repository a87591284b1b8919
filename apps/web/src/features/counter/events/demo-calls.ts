import type { CoatcheckClient } from "@coatcheck/client";
import {
  DEMO_PATHS,
  demoEventsSchema,
  demoFaultsSchema,
  heldSchema,
  type DemoEvent,
  type Held,
  type ProviderCounts,
} from "@coatcheck/contract";

/** What the server did for this session lately; only a demo server tells. */
export async function fetchDemoEvents(client: CoatcheckClient): Promise<readonly DemoEvent[]> {
  const response = await client.apiFetch(DEMO_PATHS.events);
  return demoEventsSchema.parse(await response.json()).events;
}

/** Marks the access token expired, so that the next call renews it. */
export async function expireAccessToken(client: CoatcheckClient): Promise<void> {
  await postToDemo(client, DEMO_PATHS.expire, {});
}

/** What the provider itself has counted for this person. */
export async function fetchProviderCounts(client: CoatcheckClient): Promise<ProviderCounts> {
  const response = await client.apiFetch(DEMO_PATHS.faults);
  return demoFaultsSchema.parse(await response.json()).counters;
}

/** Changes what the provider does for this person, as its control API takes it. */
export async function changeProvider(client: CoatcheckClient, change: object): Promise<void> {
  demoFaultsSchema.parse(await postToDemo(client, DEMO_PATHS.faults, change));
}

/** What this browser shows with a request, by size and name. */
export async function fetchHeld(client: CoatcheckClient): Promise<Held> {
  return heldSchema.parse(await (await client.apiFetch(DEMO_PATHS.held)).json());
}

/** @returns the answer's JSON, unchecked. */
export async function postToDemo(client: CoatcheckClient, path: string, body: object): Promise<unknown> {
  const response = await client.apiFetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}
