import type { ConfigProblem } from "../bff-error.ts";

/** What people look for and what isn't offered: each with the reason, so that nobody believes it is on. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  frontChannelLogout:
    "front-channel logout isn't offered: browsers withhold cookies from its frames; use back-channel logout",
  responseMode: "response modes aren't offered: the code comes by query, bound by state, PKCE and nonce",
  responseType: "response types aren't offered: the authorization code flow is the only one",
  providers: "several providers aren't offered: one issuer an instance",
  issuers: "several issuers aren't offered: one issuer an instance",
  cors: "CORS isn't offered: page and BFF share one origin",
};

/** Finds options that nobody knows: a misspelt one would silently leave a default in force. */
export function checkKeys(value: object, path: string, known: readonly string[]): readonly ConfigProblem[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: path === "" ? key : `${path}.${key}`,
      fix: NOT_OFFERED[key] ?? `remove it, or correct the spelling: known are ${known.join(", ")}`,
    }));
}

export function checkWholeNumber(
  value: unknown,
  path: string,
  min: number,
  max: number,
): readonly ConfigProblem[] {
  const fits = Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return fits ? [] : [{ path, fix: `use a whole number from ${min} to ${max}` }];
}
