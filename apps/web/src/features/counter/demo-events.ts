import type { CoatcheckClient } from "@coatcheck/client";
import {
  DEMO_EXTENSION,
  DEMO_PATHS,
  demoEventsSchema,
  type DemoEvent,
  type SignedInView,
} from "@coatcheck/contract";

/** Whether the server has its demo part; it says so with the session. */
export function isDemo(view: SignedInView): boolean {
  return view.extensions?.includes(DEMO_EXTENSION) === true;
}

/** What the server did for this session lately; only a demo server tells. */
export async function fetchDemoEvents(client: CoatcheckClient): Promise<readonly DemoEvent[]> {
  const response = await client.apiFetch(DEMO_PATHS.events);
  return demoEventsSchema.parse(await response.json()).events;
}

/** Marks the access token expired, so that the next call renews it. */
export async function expireAccessToken(client: CoatcheckClient): Promise<void> {
  await client.apiFetch(DEMO_PATHS.expire, { method: "POST" });
}
