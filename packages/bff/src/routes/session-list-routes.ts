import { BFF_PATHS, endSessionRequestSchema } from "@coatcheck/contract";
import type { SessionList } from "@coatcheck/tokens";
import type { Context, Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import { logSessionEnded } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import type { OfProvider } from "../providers/sign-in-provider.ts";
import { toSessionListView } from "../session/session-listing.ts";
import { readOwnBody } from "./own-body.ts";

/**
 * `GET /bff/sessions`: the person's living sessions, in whatever browser; never extends the one that asks.
 *
 * `POST /bff/sessions/end`: ends another one. Body `{ id }`; answers the list as it is then. One that is over already, or
 * another person's, isn't on the list, and nothing is said of it.
 *
 * Neither is there unless configuration wants the list.
 */
export function addSessionListRoutes(app: Hono<RouteEnv>, parts: Parts): void {
  const { listing, fingerprints, log, answerProblem } = parts;
  if (!listing.isOn) return;

  function listOf(owned: OfProvider): SessionList {
    const list = listing.of(owned);
    if (list === undefined) throw new TypeError("providers share a ledger: all of them have a list, or none");
    return list;
  }

  async function answerList(c: Context<RouteEnv>, currentId: string): Promise<Response> {
    const { bffRequest, signedIn } = c.var;
    const { iss, sub } = signedIn.value;
    const listed = await listOf(signedIn.value).list({ iss, sub });
    if (listed.kind === "unavailable") {
      const { code, retryAfterSeconds } = listed;
      return answerProblem({ code, retryAfterSeconds }, bffRequest.requestId);
    }
    return c.json(toSessionListView(listed.sessions, currentId, parts.nowMs()));
  }

  app.get(BFF_PATHS.sessions, parts.requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    // Also one that nobody could note so far, since the ledger was down or the list is new.
    await listing.note(signedIn.value, bffRequest);
    return answerList(c, await fingerprints.session(signedIn.value.sid));
  });

  app.post(BFF_PATHS.endSession, parts.requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => endSessionRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const { id } = asked.value;
    const currentId = await fingerprints.session(signedIn.value.sid);
    // Its own is ended by signing out, which removes its cookies and revokes its refresh token.
    if (id === currentId) return answerProblem({ code: "bad_request" }, requestId);
    const { iss, sub } = signedIn.value;
    const ended = await listOf(signedIn.value).end({ iss, sub }, id);
    if (ended.kind === "unavailable") {
      const { code, retryAfterSeconds } = ended;
      return answerProblem({ code, retryAfterSeconds }, requestId);
    }
    if (ended.isNew) logSessionEnded(log, { requestId, session: id, reason: "revoked" });
    return answerList(c, currentId);
  });
}
