import type { ProviderConfigProblem } from "./provider-config.ts";

/** RFC 6749 section 3.3: tokens of visible ASCII without `"` and `\`, single spaces between. */
function isScopeList(scope: unknown): scope is string {
  return (
    typeof scope === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)
  );
}

/** What is wrong with the scopes that a sign-in asks for. @param isPlain plain OAuth 2.0, which knows no `openid` and may have no scopes */
export function scopeProblems(scope: unknown, isPlain: boolean): readonly ProviderConfigProblem[] {
  const field = "scope";
  if (isPlain && scope === "") return [];
  if (!isScopeList(scope))
    return [{ field, fix: "write scopes separated by one space, for example openid profile email." }];
  if (scope.split(" ").includes("openid") !== isPlain) return [];
  const fix = isPlain
    ? "remove openid, or set the preset oidc: an ID token isn't read here."
    : "add openid; without it there is no ID token.";
  return [{ field, fix }];
}
