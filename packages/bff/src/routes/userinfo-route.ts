import { BFF_PATHS } from "@coatcheck/contract";
import type { UserinfoOutcome } from "@coatcheck/oauth";
import type { Grant } from "@coatcheck/tokens";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";
import type { ObtainedToken } from "../session/request-session.ts";
import { noteProviderTrouble } from "./provider-trouble.ts";

/** `GET /bff/userinfo`: what the provider says about the person, asked with the access token. */
export function addUserinfoRoute(
  app: Hono<RouteEnv>,
  { providers, log, requireSession, answerProblem }: Parts,
): void {
  app.get(BFF_PATHS.userinfo, requireSession, async (c) => {
    const { signedIn } = c.var;
    const { dpopKey } = signedIn.value;
    const { provider } = providers.of(signedIn.value);
    const { requestId } = c.var.bffRequest;
    const token = await signedIn.ensureFresh("");
    if (token.kind === "denied") return answerProblem(token.problem, requestId);
    const ask = ({ token: accessToken, grant }: ObtainedToken) =>
      provider.userinfo({
        accessToken,
        ...(dpopKey === undefined ? {} : { dpopKey }),
        sub: signedIn.value.sub,
        ownTokens: tokensOf(grant),
      });

    let outcome: UserinfoOutcome = await ask(token.value);
    if (outcome.kind === "token_refused") {
      const newer = await signedIn.replaceRefused("", token.value.grant);
      if (newer?.kind === "denied") return answerProblem(newer.problem, requestId);
      if (newer !== undefined) outcome = await ask(newer.value);
    }
    if (outcome.kind === "profile") return c.json(outcome.profile);
    const trouble =
      outcome.kind === "token_refused" ? { kind: "refused" as const, reason: outcome.kind } : outcome;
    return answerProblem(noteProviderTrouble({ ...trouble, requestId, during: "userinfo" }, log), requestId);
  });
}

function tokensOf({ refreshToken, accessTokens }: Grant): readonly string[] {
  const tokens = Object.values(accessTokens).map(({ token }) => token);
  return refreshToken === undefined ? tokens : [refreshToken, ...tokens];
}
