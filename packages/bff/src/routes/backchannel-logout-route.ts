import { OWN_BODY_BYTES } from "../config/defaults.ts";
import { createJtiCache } from "../jti-cache.ts";
import type { Parts } from "../parts.ts";
import type { Answer } from "../request/answer.ts";
import { problem } from "../request/answer.ts";
import { readBody } from "../request/read-body.ts";
import type { Route } from "../route.ts";

/**
 * `POST /bff/backchannel-logout`: the provider ends sessions, by session id there or by person.
 *
 * @see OpenID Connect Back-Channel Logout section 2.5
 */
export function createBackchannelLogoutRoute(parts: Parts): Route {
  const { provider, keeper, log } = parts;
  const seen = createJtiCache(parts.nowMs);

  return {
    methods: ["POST"],
    guard: "open",
    async handle({ request, headers, requestId }) {
      const refuse = (reason: string, error: string): Answer => {
        log({ level: "warn", event: "backchannel_logout_refused", requestId, reason });
        return { kind: "json", status: 400, value: { error } };
      };
      const body = await readBody(request.body, headers, OWN_BODY_BYTES);
      if (body.kind === "too_large") return problem({ code: "body_too_large" });
      const isForm = /^application\/x-www-form-urlencoded(?:\s*;|$)/iu.test(
        headers.get("content-type") ?? "",
      );
      if (body.kind !== "read" || !isForm) return refuse("not_a_form", "invalid_request");
      const tokens = new URLSearchParams(new TextDecoder().decode(body.bytes)).getAll("logout_token");
      const [token] = tokens;
      if (token === undefined || tokens.length > 1) return refuse("no_token", "invalid_request");

      const outcome = await provider.verifyLogoutToken(token);
      if (outcome.kind === "unavailable") return refuse(outcome.reason, "temporarily_unavailable");
      if (outcome.kind === "refused") return refuse(outcome.reason, "invalid_request");
      const { iss, sub, sid, iat, exp, jti } = outcome.claims;
      if (!seen.take(jti, exp)) return refuse("replayed", "invalid_request");
      const ended = await keeper.endBy({
        iss,
        iat,
        // Both where both are named would end all of the person's sessions: `sid` alone says which one.
        ...(sid === undefined ? (sub === undefined ? {} : { sub }) : { idpSid: sid }),
      });
      if (ended.kind === "unavailable") {
        seen.giveBack(jti);
        log({ level: "error", event: "ledger_unavailable", requestId, during: "backchannel_logout" });
        return refuse("ledger_unavailable", "temporarily_unavailable");
      }
      log({ level: "info", event: "backchannel_logout", requestId, by: sid === undefined ? "sub" : "sid" });
      return { kind: "empty", status: 200 };
    },
  };
}
