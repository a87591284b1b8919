import type { Parts, RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS, type DemoEvent } from "@coatcheck/contract";
import type { Grant } from "@coatcheck/tokens";
import type { Hono } from "hono";
import type { EventRing } from "./event-ring.ts";

/** `GET /bff/demo/events`: what happened to this session lately; nobody else's. */
export function addEventsRoute(
  app: Hono<RouteEnv>,
  { fingerprints, requireSession }: Parts,
  ring: EventRing,
): void {
  app.get(DEMO_PATHS.events, requireSession, async (c) => {
    const { sid, grant } = c.var.signedIn.value;
    const events = ring.of(await fingerprints.session(sid));
    return c.json({ events: [...tokenOfSignIn(grant, events), ...events] });
  });
}

/** No refresh brought it, so nobody reported it: the session itself has it, as long as no refresh took its place. */
function tokenOfSignIn({ accessTokens }: Grant, events: readonly DemoEvent[]): readonly DemoEvent[] {
  const token = accessTokens[""];
  const isReplaced = events.some((event) => event.kind === "token" && event.resource === "");
  if (token === undefined || isReplaced) return [];
  const { issuedAt: at, expiresAt } = token;
  return [{ kind: "token", id: 0, at, resource: "", generation: 0, expiresAt }];
}
