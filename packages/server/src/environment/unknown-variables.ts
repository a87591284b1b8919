import { closest, distance } from "fastest-levenshtein";
import type { EnvironmentProblem, EnvironmentRecord } from "./environment-problem.ts";
import { variablesOf } from "./variables.ts";

/** Names that begin so are ours: an unknown one is a mistake. */
const OWN_PREFIX =
  /^(?:OAUTH_|OIDC_|COOKIE_KEY|API_ROUTE|LEDGER_|TRUSTED_PROX|DANGEROUSLY_|STALE_COOKIE_|REFRESH_WINDOW)/u;

/** Other programs' names that are shorter, or further from ours, stay unmentioned. */
const MIN_LENGTH_FOR_NEARNESS = 8;
const MAX_DISTANCE = 3;

const REDIRECT_URI =
  "remove it: the redirect URI is always PUBLIC_ORIGIN/bff/callback; register that at the provider";

/** What people look for and Coatcheck decides itself or doesn't offer. */
const EXPLAINED: Readonly<Record<string, string>> = {
  OAUTH_REDIRECT_URI: REDIRECT_URI,
  OAUTH_CALLBACK_URL: REDIRECT_URI,
  OAUTH_RESPONSE_TYPE: "remove it: only the authorization code flow (code) is offered",
  OAUTH_RESPONSE_MODE: "remove it: form_post isn't offered; for signed answers set OAUTH_SIGNED_RESPONSES",
  OAUTH_ISSUER: "rename it to OIDC_ISSUER",
  OIDC_CLIENT_ID: "rename it to OAUTH_CLIENT_ID",
  OIDC_CLIENT_SECRET: "rename it to OAUTH_CLIENT_SECRET",
  OIDC_SCOPE: "rename it to OAUTH_SCOPE",
};

/** Finds variables that were meant for us and that nobody reads: typing errors, and options that don't exist. */
export function findUnknownVariables(environment: EnvironmentRecord): readonly EnvironmentProblem[] {
  const known = variablesOf(environment).flatMap(({ name, isSecret }) =>
    isSecret ? [name, `${name}_FILE`] : [name],
  );
  return Object.keys(environment)
    .toSorted()
    .filter((name) => !known.includes(name) && environment[name] !== undefined)
    .flatMap((name) => {
      const upper = name.toUpperCase();
      const candidate = closest(upper, known);
      const isNear = name.length >= MIN_LENGTH_FOR_NEARNESS && distance(upper, candidate) <= MAX_DISTANCE;
      if (!isNear && !OWN_PREFIX.test(upper)) return [];
      const fix =
        EXPLAINED[name] ?? (isNear ? `rename it to ${candidate}, or remove it` : "remove it: it is unknown");
      return [{ variable: name, fix }];
    });
}
