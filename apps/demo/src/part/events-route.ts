import type { Parts, RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { EventRing } from "./event-ring.ts";

/** `GET /bff/demo/events`: what happened to this session lately; nobody else's. */
export function addEventsRoute(
  app: Hono<RouteEnv>,
  { fingerprints, requireSession }: Parts,
  ring: EventRing,
): void {
  app.get(DEMO_PATHS.events, requireSession, async (c) => {
    const session = await fingerprints.session(c.var.signedIn.value.sid);
    return c.json({ events: ring.of(session) });
  });
}
