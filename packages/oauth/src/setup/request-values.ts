import type { Preset } from "../presets/preset.ts";
import type { ProviderConfigProblem } from "./provider-config.ts";

type Problems = readonly ProviderConfigProblem[];

/** RFC 6749 section 3.3: tokens of visible ASCII without `"` and `\`, single spaces between. */
function isScopeList(scope: unknown): scope is string {
  return (
    typeof scope === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)
  );
}

/** What is wrong with the scopes that a sign-in asks for. */
export function scopeProblems(scope: unknown, rule: Preset["scopes"]): Problems {
  const field = "scope";
  if (rule !== "openid" && scope === "") return [];
  if (rule === "none")
    return [{ field, fix: "remove it: with scopes the answer comes by form_post, which isn't offered." }];
  if (!isScopeList(scope))
    return [{ field, fix: "write scopes separated by one space, for example openid profile email." }];
  if (scope.split(" ").includes("openid") === (rule === "openid")) return [];
  const fix =
    rule === "any"
      ? "remove openid, or set the preset oidc: an ID token isn't read here."
      : "add openid; without it there is no ID token.";
  return [{ field, fix }];
}

export function promptProblems(prompt: unknown): Problems {
  if (prompt === undefined || prompt === "") return [];
  const words =
    "write words like consent or select_account, separated by one space; an empty text sends none.";
  if (typeof prompt !== "string" || !/^[a-z_]+(?: [a-z_]+)*$/.test(prompt))
    return [{ field: "prompt", fix: words }];
  if (!prompt.split(" ").includes("none")) return [];
  return [{ field: "prompt", fix: "remove none; with it nobody could ever sign in." }];
}

/** RFC 8707 section 2: an absolute URI without a fragment. */
export function resourceProblems(resources: unknown): Problems {
  const isResource = (resource: unknown): boolean =>
    typeof resource === "string" && URL.canParse(resource) && !resource.includes("#");
  if (Array.isArray(resources) && resources.every(isResource)) return [];
  return [{ field: "resources", fix: "write each as an absolute URI without a fragment, [] for none." }];
}
