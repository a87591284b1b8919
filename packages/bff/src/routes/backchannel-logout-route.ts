import { OWN_BODY_BYTES } from "../request/limits.ts";
import type { Parts } from "../parts.ts";
import type { Answer } from "../request/answer.ts";
import { problem } from "../request/answer.ts";
import { readBody } from "../request/read-body.ts";
import type { Route } from "../route.ts";
import { createSingleUse } from "../single-use.ts";
import type { SingleUseParts, Taken } from "../single-use.ts";

/** More than a clock of the ledger may differ from ours. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * `POST /bff/backchannel-logout`: the provider ends sessions, by session id there or by person.
 *
 * @see OpenID Connect Back-Channel Logout section 2.5
 */
export function createBackchannelLogoutRoute(parts: Parts, ledger: SingleUseParts["ledger"]): Route {
  const { provider, keeper, fingerprints, log } = parts;
  const singleUse = createSingleUse({ ledger, randomBytes: parts.randomBytes });

  return {
    methods: ["POST"],
    guard: "open",
    // The provider may know us by an internal name; what counts is the token's signature.
    acceptsAnyHost: true,
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
      const { iss, sub, sid, iat, jti, usableUntil } = outcome.claims;
      const ledgerDown = (): Answer => {
        log({ level: "error", event: "ledger_unavailable", requestId, during: "backchannel_logout" });
        return refuse("ledger_unavailable", "temporarily_unavailable");
      };
      let taken: Taken | undefined;
      try {
        const keepMs = Math.max(0, usableUntil * 1000 - parts.nowMs()) + CLOCK_MARGIN_MS;
        taken = await singleUse.take(await fingerprints.logoutToken(iss, jti), keepMs);
      } catch {
        return ledgerDown();
      }
      if (taken === undefined) return refuse("replayed", "invalid_request");
      const ended = await keeper.endBy({
        iss,
        iat,
        // Both where both are named would end all of the person's sessions: `sid` alone says which one.
        ...(sid === undefined ? (sub === undefined ? {} : { sub }) : { idpSid: sid }),
      });
      // Either step may fail with the ledger: then the claim lapses by itself, and ending once more changes nothing.
      if (ended.kind === "unavailable") {
        await taken.giveBack().catch(() => undefined);
        return ledgerDown();
      }
      await taken.keep().catch(() => undefined);
      log({ level: "info", event: "backchannel_logout", requestId, by: sid === undefined ? "sub" : "sid" });
      return { kind: "empty", status: 200 };
    },
  };
}
