import { BFF_PATHS } from "@coatcheck/contract";
import type { TokenFacts } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";
import { noteProviderTrouble } from "./provider-trouble.ts";
import { readResource } from "./read-resource.ts";

const NO_WAY_TO_CHECK = "The provider offers no way to check this token.";

/** `POST /bff/validate`: facts about an access token, never the token. */
export function addValidateRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, log, answerProblem } = parts;

  app.post(BFF_PATHS.validate, parts.requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readResource(bffRequest, providers.of(signedIn.value));
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const resource = asked.value;

    const token = await signedIn.ensureFresh(resource);
    if (token.kind === "denied") return answerProblem(token.problem, requestId);
    const { provider } = providers.of(signedIn.value);
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
