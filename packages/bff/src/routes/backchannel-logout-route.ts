import { BFF_PATHS } from "@coatcheck/contract";
import type { Context, Hono } from "hono";
import { OWN_BODY_BYTES } from "../request/limits.ts";
import type { RouteEnv } from "../hono/bff-env.ts";
import { logLedgerUnavailable } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import { providerPath } from "../providers/provider-path.ts";
import { ofProvider } from "../providers/sign-in-provider.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import { readBody } from "../request/read-body.ts";
import { createSingleUse } from "../single-use.ts";
import type { Taken } from "../single-use.ts";

/** More than a clock of the ledger may differ from ours. */
const CLOCK_MARGIN_MS = 60_000;
/** Short, since a process that dies, or loses the ledger, can't give a token back: then the provider may send it once more. */
const LEASE_MS = 15_000;

/**
 * `POST /bff/backchannel-logout`, and for each further provider `/bff/backchannel-logout/NAME`: that provider ends sessions, by session id there or by person.
 *
 * @see OpenID Connect Back-Channel Logout section 2.5
 */
export function addBackchannelLogoutRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, fingerprints, log } = parts;
  const singleUse = createSingleUse(parts);

  function refuse(c: Context<RouteEnv>, reason: string, error: string): Response {
    const { requestId } = c.var.bffRequest;
    log({ level: "warn", event: "backchannel_logout_refused", requestId, reason });
    return c.json({ error }, 400);
  }

  function refuseForLedger(c: Context<RouteEnv>): Response {
    const { requestId } = c.var.bffRequest;
    logLedgerUnavailable(log, { requestId, during: "backchannel_logout" });
    return refuse(c, "ledger_unavailable", "temporarily_unavailable");
  }

  for (const own of providers.all)
    app.post(providerPath(BFF_PATHS.backchannelLogout, own.name), (c) => answer(c, own));

  async function answer(
    c: Context<RouteEnv>,
    { provider, keeper, name: providerName }: SignInProvider,
  ): Promise<Response> {
    const { plain, headers, requestId } = c.var.bffRequest;
    const body = await readBody(plain.body, headers, OWN_BODY_BYTES);
    if (body.kind === "too_large") return parts.answerProblem({ code: "body_too_large" }, requestId);
    const isForm = /^application\/x-www-form-urlencoded(?:\s*;|$)/iu.test(headers.get("content-type") ?? "");
    if (body.kind !== "read" || !isForm) return refuse(c, "not_a_form", "invalid_request");
    const tokens = new URLSearchParams(new TextDecoder().decode(body.bytes)).getAll("logout_token");
    const [token] = tokens;
    if (token === undefined || tokens.length > 1) return refuse(c, "no_token", "invalid_request");

    const outcome = await provider.verifyLogoutToken(token);
    if (outcome.kind === "unavailable") return refuse(c, outcome.reason, "temporarily_unavailable");
    if (outcome.kind === "refused") return refuse(c, outcome.reason, "invalid_request");
    const { iss, sub, sid, iat, jti, usableUntil } = outcome.claims;
    let taken: Taken | undefined;
    try {
      const keepMs = Math.max(0, usableUntil * 1000 - parts.nowMs()) + CLOCK_MARGIN_MS;
      const name = await fingerprints.logoutToken(iss, jti);
      taken = await singleUse.take(name, { keepMs, leaseMs: LEASE_MS });
    } catch {
      return refuseForLedger(c);
    }
    if (taken === undefined) return refuse(c, "replayed", "invalid_request");
    const ended = await keeper.endBy({
      iss,
      iat,
      ...(sub === undefined ? {} : { sub }),
      ...(sid === undefined ? {} : { idpSid: sid }),
    });
    // Either step may fail with the ledger: then the claim lapses by itself, and ending once more changes nothing.
    if (ended.kind === "unavailable") {
      await taken.giveBack().catch(() => undefined);
      return refuseForLedger(c);
    }
    await taken.keep().catch(() => undefined);
    log({
      level: "info",
      event: "backchannel_logout",
      requestId,
      by: sid === undefined ? "sub" : "sid",
      ...ofProvider({ name: providerName }),
    });
    return c.body(null, 200);
  }
}
