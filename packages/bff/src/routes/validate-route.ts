import { BFF_PATHS, validateRequestSchema } from "@coatcheck/contract";
import type { TokenFacts } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";
import { readOwnBody } from "./own-body.ts";
import { noteProviderTrouble } from "./provider-trouble.ts";

const NO_WAY_TO_CHECK = "The provider offers no way to check this token.";

/** `POST /bff/validate`: facts about an access token, never the token. */
export function addValidateRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { provider, log, answerProblem } = parts;
  const resources = new Set(["", ...parts.settings.provider.resources]);

  app.post(BFF_PATHS.validate, parts.requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => validateRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const resource = asked.value.resource ?? "";
    // Without this, a page could make the provider mint tokens for resources that no route is meant for.
    if (!resources.has(resource)) return answerProblem({ code: "bad_request" }, requestId);

    const token = await signedIn.ensureFresh(resource);
    if (token.kind === "denied") return answerProblem(token.problem, requestId);
    const outcome = await provider.validate({ accessToken: token.value.token, resource });
    if (outcome.kind === "facts") return c.json({ ...outcome.facts, resource } satisfies TokenFacts);
    const kind = outcome.kind === "unavailable" ? outcome.kind : "refused";
    const trouble = {
      kind,
      reason: outcome.reason,
      requestId,
      during: "validate",
      detail: NO_WAY_TO_CHECK,
    } as const;
    return answerProblem(noteProviderTrouble(trouble, log), requestId);
  });
}
