import type { EnvironmentProblem, EnvironmentRecord } from "./environment-reader.ts";
import { findNearestName } from "./nearest-name.ts";
import { VARIABLE_NAMES, variableOf } from "./variables.ts";

/** Names that begin so are ours: an unknown one is a mistake. */
const OWN_PREFIXES = [
  "OAUTH_",
  "OIDC_",
  "COOKIE_KEY",
  "API_ROUTE",
  "LEDGER_",
  "TRUSTED_PROX",
  "DANGEROUSLY_",
  "STALE_COOKIE_",
  "REFRESH_WINDOW",
];

/** Other programs' names that begin with one of those below, or come close to one of ours, stay unmentioned. */
const MIN_LENGTH_FOR_NEARNESS = 8;
const MAX_DISTANCE = 3;

/** What people look for and Coatcheck decides itself or doesn't offer. */
const EXPLAINED: Readonly<Record<string, string>> = {
  OAUTH_REDIRECT_URI:
    "Remove it: the redirect URI is always PUBLIC_ORIGIN/bff/callback; register that at the provider.",
  OAUTH_CALLBACK_URL:
    "Remove it: the redirect URI is always PUBLIC_ORIGIN/bff/callback; register that at the provider.",
  OAUTH_RESPONSE_TYPE: "Remove it: only the authorization code flow (code) is offered.",
  OAUTH_RESPONSE_MODE: "Remove it: form_post and JWT responses are not offered.",
  OAUTH_PKCE: "Remove it: PKCE S256 is always on.",
  OAUTH_ISSUER: "Rename it to OIDC_ISSUER.",
  OIDC_CLIENT_ID: "Rename it to OAUTH_CLIENT_ID.",
  OIDC_CLIENT_SECRET: "Rename it to OAUTH_CLIENT_SECRET.",
  OIDC_SCOPE: "Rename it to OAUTH_SCOPE.",
};

const SECRET_FILE_NAMES = VARIABLE_NAMES.filter((name) => variableOf(name).isSecret).map(
  (name) => `${name}_FILE`,
);
const KNOWN: readonly string[] = [...VARIABLE_NAMES, ...SECRET_FILE_NAMES];

/** Finds variables that were meant for us and that nobody reads: typing errors, and options that don't exist. */
export function findUnknownVariables(environment: EnvironmentRecord): readonly EnvironmentProblem[] {
  const problems: EnvironmentProblem[] = [];
  for (const name of Object.keys(environment).toSorted()) {
    if (KNOWN.includes(name) || environment[name] === undefined) continue;
    const nearest =
      name.length < MIN_LENGTH_FOR_NEARNESS
        ? undefined
        : findNearestName(name.toUpperCase(), KNOWN, MAX_DISTANCE);
    const isOurs = OWN_PREFIXES.some((prefix) => name.toUpperCase().startsWith(prefix));
    if (!isOurs && nearest === undefined) continue;
    const fix =
      EXPLAINED[name] ?? (nearest === undefined ? "Remove it." : `Rename it to ${nearest}, or remove it.`);
    problems.push({ variable: name, problem: "is unknown", fix });
  }
  return problems;
}
