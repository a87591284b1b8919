import type { Mutant } from "../mutation.ts";

export const PRESET_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/bff/src/session/pending-sign-in.ts",
    from: "revokesAccessTokens && refreshToken === undefined ?",
    to: "false ?",
    breaks: "S-095: whoever signs in over somebody else's session leaves no token of theirs",
    tests: ["packages/bff/src/plain-oauth.test.ts"],
  },
  {
    file: "packages/oauth/src/jwt/signing-keys.ts",
    from: 'of === undefined || of === metadataIssuer || of === claims["iss"];',
    to: "true || of === metadataIssuer;",
    breaks: "a key of one tenant signs for no other",
    tests: ["packages/oauth/src/presets/presets.test.ts"],
  },
  {
    file: "packages/oauth/src/jwt/id-token.ts",
    from: 'preset.isOfOrganization(claims, organization) ? undefined : "organization_mismatch"',
    to: "undefined",
    breaks: "a token of another organization is refused",
    tests: ["packages/oauth/src/presets/presets.test.ts"],
  },
  {
    file: "packages/oauth/src/jwt/id-token.ts",
    from: "names(iss) && iss !== expected.iss",
    to: "names(iss) && !settings.tokenIssuers.includes(String(iss))",
    breaks: "S-091: a refresh stays with the tenant of the sign-in",
    tests: ["packages/oauth/src/presets/presets.test.ts"],
  },
  {
    file: "packages/oauth/src/access-token/profile-claims.ts",
    from: "Number.isSafeInteger(raw) ? String(raw) : undefined",
    to: "String(raw)",
    breaks: "a numeric id that isn't exact would be two people's",
    tests: ["packages/oauth/src/refusal-reason.test.ts"],
  },
  {
    file: "packages/oauth/src/access-token/userinfo.ts",
    from: 'outcome.kind === "claims" && outcome.claims.sub !== sub',
    to: "false",
    breaks: "the profile of somebody else is refused",
    tests: ["packages/oauth/src/presets/oauth2.test.ts"],
  },
  {
    file: "packages/oauth/src/presets/github.ts",
    from: 'TERMINAL_ERRORS.has(readAnswer(body)?.["error"])',
    to: "false",
    breaks: "S-089: GitHub refuses a spent refresh token with status 200",
    tests: ["packages/oauth/src/presets/github.test.ts"],
  },
  {
    file: "packages/oauth/src/sign-out/revoke-by-json.ts",
    from: "if (spent.size < MAX_REMEMBERED) spent.set(refreshToken, outcome.tokens.accessToken);",
    to: "",
    breaks: "S-095: a revocation that failed half-way is finished by the next try",
    tests: ["packages/oauth/src/presets/github.test.ts"],
  },
];
