import type { UserinfoOutcome } from "@coatcheck/oauth";
import type { Grant } from "@coatcheck/tokens";
import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import type { Token, TokenAccess } from "../session/token-access.ts";
import { answerProviderTrouble } from "./provider-trouble.ts";

/** `GET /bff/userinfo`: what the provider says about the person, asked with the access token. */
export function createUserinfoRoute({ provider, fingerprints, log }: Parts, tokens: TokenAccess): Route {
  return {
    methods: ["GET"],
    guard: "fetch",
    async handle(exchange) {
      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const who = signedIn.value;
      const token = await tokens.ensureFresh(who, exchange, "");
      if (token.kind === "denied") return token.answer;
      const ask = ({ accessToken, grant }: Token) =>
        provider.userinfo({ accessToken, sub: who.ref.sub, ownTokens: tokensOf(grant) });

      let outcome: UserinfoOutcome = await ask(token.value);
      if (outcome.kind === "token_refused") {
        const newer = await tokens.replaceRefused(who, exchange, "", token.value.grant);
        if (newer?.kind === "denied") return newer.answer;
        if (newer !== undefined) outcome = await ask(newer.value);
      }
      if (outcome.kind === "profile") return { kind: "json", value: outcome.profile };
      const trouble =
        outcome.kind === "token_refused" ? { kind: "refused" as const, reason: outcome.kind } : outcome;
      const { requestId } = exchange;
      return answerProviderTrouble({ ...trouble, requestId, during: "userinfo" }, log);
    },
  };
}

function tokensOf({ refreshToken, accessTokens }: Grant): readonly string[] {
  const tokens = Object.values(accessTokens).map(({ token }) => token);
  return refreshToken === undefined ? tokens : [refreshToken, ...tokens];
}
