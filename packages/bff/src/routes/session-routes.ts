import { BFF_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import { toWebResponse } from "../hono/plain-http.ts";
import type { Parts } from "../parts.ts";
import { toSessionView } from "../session/session-view.ts";
import { readResource } from "./read-resource.ts";

/**
 * `GET /bff/session`: who is signed in, or why nobody is. 503 `ledger_unavailable` where only the ledger knows; never extends the session.
 *
 * `POST /bff/activity`: the person is still there. Moves the idle deadline when that is due.
 *
 * `POST /bff/refresh`: a new access token now, whatever the old one's age. Body `{ resource? }`: the one for that resource.
 */
export function addSessionRoutes(app: Hono<RouteEnv>, parts: Parts): void {
  app.get(BFF_PATHS.session, async (c) => toWebResponse(await parts.viewSession(c.var.bffRequest)));

  app.post(BFF_PATHS.activity, parts.knowSession, async (c) => {
    const { requestSession } = c.var;
    requestSession.extend();
    return c.json(await toSessionView(await requestSession.close(), parts));
  });

  app.post(BFF_PATHS.refresh, parts.requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const asked = await readResource(bffRequest, parts.providers.of(signedIn.value));
    if (asked.kind === "denied") return parts.answerProblem(asked.problem, bffRequest.requestId);
    const token = await signedIn.refreshNow(asked.value);
    if (token.kind === "denied") return parts.answerProblem(token.problem, bffRequest.requestId);
    const closing = await signedIn.close();
    return closing.value === undefined
      ? parts.answerProblem({ code: "no_session", reason: closing.reason }, bffRequest.requestId)
      : c.json(await toSessionView(closing, parts));
  });
}
