import { BFF_PATHS, logoutRequestSchema } from "@coatcheck/contract";
import type { LogoutBody, LogoutResult } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import { setCookies } from "../hono/set-cookies.ts";
import type { Parts } from "../parts.ts";
import { cookieHeader } from "../request/header-index.ts";
import { withBasePath } from "../response/base-path.ts";
import { sessionRef } from "../session/session-value.ts";
import { endEverywhere } from "./end-everywhere.ts";
import { readOwnBody } from "./own-body.ts";

/**
 * `POST /bff/logout`: ends every session that the request carries, in the ledger first; removes every cookie of ours.
 *
 * `{ provider: true }` keeps what the navigation to `/bff/logout/provider` needs. `{ everywhere: true }` ends the person's
 * sessions in all other browsers, too, first of all: what can't be done for all is done for none.
 */
export function addLogoutRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { sessions, ender, log } = parts;

  app.post(BFF_PATHS.logout, async (c) => {
    const { bffRequest } = c.var;
    const { requestId, clientAddress, arrivedAt } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => logoutRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return parts.answerProblem(asked.problem, requestId);

    const cookies = cookieHeader(bffRequest.headers);
    const opened = await sessions.open(cookies);
    const everywhere = asked.value.everywhere === true;
    const refused = everywhere ? await endEverywhere(opened.sessions[0], bffRequest, parts) : undefined;
    if (refused !== undefined) return parts.answerProblem(refused, requestId);
    const ended = await Promise.all(
      opened.sessions.map(({ value }) => ender.end(sessionRef(value, arrivedAt), "signed_out", requestId)),
    );
    // Also where another one can't be ended: the person may not try a second time.
    for (const outcome of ended) if (outcome.kind === "ended") outcome.revoke();
    const failed = ended.find((outcome) => outcome.kind === "unavailable");
    // Without the tombstone a cookie that was copied would live on: the person is told, and keeps theirs to try again.
    if (failed !== undefined) {
      const { code, retryAfterSeconds } = failed;
      return parts.answerProblem({ code, retryAfterSeconds }, requestId);
    }
    const toProvider = asked.value.provider === true;
    log({
      level: "info",
      event: "sign_out",
      requestId,
      sessions: ended.length,
      everywhere,
      toProvider,
      clientAddress,
    });
    const isHintKept = toProvider && (await sessions.openLogoutHint(cookies)) !== undefined;
    const hint = sessions.expireLogoutHint();
    const others = sessions.expire(opened.shown).filter((value) => !hint.includes(value));
    setCookies(c, isHintKept ? others : [...others, ...hint]);
    c.header("clear-site-data", '"cache"');
    const next = isHintKept ? BFF_PATHS.logoutProvider + queryOf(asked.value) : "/";
    return c.json({ next: withBasePath(parts.settings.basePath, next) } satisfies LogoutResult);
  });
}

/** What `/bff/logout/provider` is to hand to the provider. */
function queryOf({ logoutHint, uiLocales }: LogoutBody): string {
  const query = new URLSearchParams();
  if (logoutHint !== undefined) query.set("logout_hint", logoutHint);
  if (uiLocales !== undefined) query.set("ui_locales", uiLocales);
  return query.size === 0 ? "" : `?${query}`;
}
