import {
  readOwnBody,
  setCookies,
  type Parts,
  type RouteEnv,
  type SessionValue,
} from "@coatcheck/bff/internal";
import { DEMO_PATHS, oldCookieRequestSchema } from "@coatcheck/contract";
import type { Hono } from "hono";
import QuickLRU from "quick-lru";
import { markExpired } from "./mark-expired.ts";

const MAX_SESSIONS = 50;
const KEPT_MS = 120_000;

/** `POST /bff/demo/old-cookie`: gives a browser back the cookie of an earlier moment, as a slow answer would. */
export function addOldCookieRoute(
  app: Hono<RouteEnv>,
  { sealSession, nowMs, requireSession, answerProblem, fingerprints }: Parts,
): void {
  const kept = new QuickLRU<string, SessionValue>({ maxSize: MAX_SESSIONS, maxAge: KEPT_MS });

  app.post(DEMO_PATHS.oldCookie, requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => oldCookieRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const session = await fingerprints.session(signedIn.value.sid);
    if (asked.value.step === "keep") {
      kept.set(session, signedIn.value);
      return c.json({ generation: signedIn.value.grant.generation });
    }
    const old = kept.get(session);
    if (old === undefined) return answerProblem({ code: "bad_request" }, requestId);
    const sealed = await sealSession({ ...old, grant: markExpired(old.grant, undefined, nowMs()) });
    if (sealed.kind === "too_large") return answerProblem({ code: "internal" }, requestId);
    setCookies(c, sealed.setCookie);
    return c.json({ generation: old.grant.generation });
  });
}
