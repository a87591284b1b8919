import { validateRequestSchema } from "@coatcheck/contract";
import type { TokenFacts } from "@coatcheck/contract";
import { OWN_BODY_BYTES } from "../config/defaults.ts";
import { problem } from "../request/answer.ts";
import { readJsonBody } from "../request/read-body.ts";
import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import type { TokenAccess } from "../session/token-access.ts";

const RETRY_AFTER_SECONDS = 5;

/** `POST /bff/validate`: facts about an access token, never the token. */
export function createValidateRoute(
  { provider, settings, fingerprints, log }: Parts,
  tokens: TokenAccess,
): Route {
  const resources = new Set(["", ...settings.provider.resources]);
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const body = await readJsonBody(exchange.request.body, exchange.headers, OWN_BODY_BYTES);
      if (body.kind === "too_large") return problem({ code: "body_too_large" });
      const parsed = validateRequestSchema.safeParse(body.kind === "read" ? body.value : undefined);
      const resource = parsed.success ? (parsed.data.resource ?? "") : undefined;
      // Without this, a page could make the provider mint tokens for resources that no route is meant for.
      if (resource === undefined || !resources.has(resource)) return problem({ code: "bad_request" });

      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const token = await tokens.ensureFresh(signedIn.value, exchange, resource);
      if (token.kind === "denied") return token.answer;
      const outcome = await provider.validate({ accessToken: token.value.accessToken, resource });
      if (outcome.kind === "facts") {
        return { kind: "json", value: { ...outcome.facts, resource } satisfies TokenFacts };
      }
      const { requestId } = exchange;
      if (outcome.kind === "unavailable") {
        log({
          level: "warn",
          event: "provider_unavailable",
          requestId,
          during: "validate",
          reason: outcome.reason,
        });
        return problem({ code: "provider_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      log({
        level: "warn",
        event: "provider_refused",
        requestId,
        during: "validate",
        reason: outcome.reason,
      });
      return problem({ code: "provider_error", detail: "The provider offers no way to check this token." });
    },
  };
}
