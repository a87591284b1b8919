import type { Parts, RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS } from "@coatcheck/contract";
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
    const session = await fingerprints.session(sid);
    addTokenOfSignIn(ring, session, grant);
    return c.json({ events: ring.of(session) });
  });
}

/** No refresh brought it, so nobody reported it: the session itself has it, until the first refresh takes its place. */
function addTokenOfSignIn(ring: EventRing, session: string, { accessTokens }: Grant): void {
  const token = accessTokens[""];
  const isKnown = ring.of(session).some((event) => event.kind === "token" && event.resource === "");
  if (token === undefined || isKnown) return;
  const { issuedAt: at, expiresAt } = token;
  ring.add(session, (id) => ({ kind: "token", id, at, resource: "", generation: 0, expiresAt }));
}
