import type { EnvironmentRecord } from "./environment-problem.ts";

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] as const;

/** For whoever set one of them. */
export const IGNORED_PROXY_ADVICE =
  "Let this process reach the provider and the APIs directly; remove the variables where nothing else needs them.";

/**
 * The variables that tell other programs to leave the network through a proxy. Here none of them counts, nor does
 * `NODE_USE_ENV_PROXY`: calls have connections of their own. Names alone, since a value may hold a password.
 */
export function ignoredProxyVariables(environment: EnvironmentRecord): readonly string[] {
  return PROXY_VARIABLES.filter((name) => (environment[name] ?? "").trim() !== "");
}
