import { readOwnBody, setCookies, type Parts, type RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS, expireRequestSchema } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { EventRing } from "./event-ring.ts";
import { markExpired } from "./mark-expired.ts";

/**
 * `POST /bff/demo/expire`: marks this session's access tokens expired, in the cookie. The next call refreshes by itself.
 *
 * Body `{ resource? }`: only that one's.
 */
export function addExpireRoute(
  app: Hono<RouteEnv>,
  { sealSession, nowMs, requireSession, answerProblem, fingerprints }: Parts,
  ring: EventRing,
): void {
  app.post(DEMO_PATHS.expire, requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => expireRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const { grant, sid } = signedIn.value;
    const { resource } = asked.value;
    const sealed = await sealSession({ ...signedIn.value, grant: markExpired(grant, resource, nowMs()) });
    if (sealed.kind === "too_large") return answerProblem({ code: "internal" }, requestId);
    setCookies(c, sealed.setCookie);
    ring.add(await fingerprints.session(sid), (id) => ({
      kind: "expired",
      id,
      at: nowMs(),
      ...(resource === undefined ? {} : { resource }),
    }));
    return c.json({ generation: grant.generation });
  });
}
