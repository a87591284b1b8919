import { validateRequestSchema } from "@coatcheck/contract";
import type { TokenFacts } from "@coatcheck/contract";
import { problem } from "../request/answer.ts";
import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import type { TokenAccess } from "../session/token-access.ts";
import { readOwnBody } from "./own-body.ts";
import { answerProviderTrouble } from "./provider-trouble.ts";

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
      const asked = await readOwnBody(exchange, (json) => validateRequestSchema.safeParse(json).data);
      if (asked.kind === "denied") return asked.answer;
      const resource = asked.value.resource ?? "";
      // Without this, a page could make the provider mint tokens for resources that no route is meant for.
      if (!resources.has(resource)) return problem({ code: "bad_request" });

      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const token = await tokens.ensureFresh(signedIn.value, exchange, resource);
      if (token.kind === "denied") return token.answer;
      const outcome = await provider.validate({ accessToken: token.value.accessToken, resource });
      if (outcome.kind === "facts") {
        return { kind: "json", value: { ...outcome.facts, resource } satisfies TokenFacts };
      }
      const { kind, reason } = outcome;
      const detail = "The provider offers no way to check this token.";
      const { requestId } = exchange;
      return answerProviderTrouble(
        { kind: kind === "unavailable" ? kind : "refused", reason, requestId, during: "validate", detail },
        log,
      );
    },
  };
}
