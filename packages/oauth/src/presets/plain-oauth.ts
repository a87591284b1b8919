import { isSignInClaim } from "../jwt/id-token-claims.ts";
import type { ProviderConfig, ProviderConfigProblem, ProviderSettings } from "../setup/provider-config.ts";

type Plain = Pick<ProviderSettings, "profileClaims" | "pkce" | "preset">;

/** What OpenID Connect would have checked, and nobody checks here; the log has the words, `coatcheck doctor` the sentences. */
const UNCHECKED = {
  identity: "who signed in is what the profile answers: nobody signs it",
  audience: "nothing says that the access token was made for this application",
  nonce: "nothing but state, and PKCE where it is on, ties the answer to this sign-in",
  issuer: "which provider answered is checked only where it sends iss",
  sign_in_time: "when and how strongly the person signed in isn't known: no max_age, no step-up",
  provider_sign_out: "the provider can't end sessions here: no back-channel logout",
  code: "a code that belongs to another sign-in isn't noticed: PKCE is off, and there is no nonce",
} as const;

export type UncheckedWord = keyof typeof UNCHECKED;

/** Empty for OpenID Connect as it should be. */
export function uncheckedAtSignIn({ profileClaims, pkce, preset }: Plain): readonly UncheckedWord[] {
  const words = Object.keys(UNCHECKED) as UncheckedWord[];
  // Either ties a code to its sign-in.
  const isCodeUnchecked = pkce === "never" && !preset.hasNonce;
  if (profileClaims !== undefined) return words.filter((word) => word !== "code" || isCodeUnchecked);
  return words.filter(
    (word) => (word === "nonce" && !preset.hasNonce) || (word === "code" && isCodeUnchecked),
  );
}

export function describeUnchecked(words: readonly UncheckedWord[]): string {
  return words.map((word) => UNCHECKED[word]).join("; ");
}

const NO_ID_TOKEN = "remove it: a plain OAuth provider sends no ID token, and signs nothing.";
const PLAIN_ONLY = "remove it: it is for plain OAuth (the presets oauth2 and github).";
/** `a.b` is a member of a member; `|` parts alternatives. */
const PLACES = /^[\w$-]+(?:\.[\w$-]+)*(?:\|[\w$-]+(?:\.[\w$-]+)*)*$/;

/** What can't be used with plain OAuth, and what can't be used without it. */
export function plainOAuthProblems(
  config: ProviderConfig,
  { profileClaims, preset }: Plain,
): readonly ProviderConfigProblem[] {
  const given = (names: readonly (readonly [field: string, isGiven: boolean])[], fix: string) =>
    names.filter(([, isGiven]) => isGiven).map(([field]) => ({ field, fix }));
  if (profileClaims === undefined) {
    return given(
      [
        ["profileClaims", config.profileClaims !== undefined],
        ["endpoints.emails", config.endpoints?.emails !== undefined],
        ["pkce", config.pkce === "never" && preset.pkce !== "never"],
      ],
      PLAIN_ONLY,
    );
  }
  return [
    ...given(
      [
        ["idTokenAlgorithms", config.idTokenAlgorithms !== undefined],
        ["trustedAudiences", config.trustedAudiences.length > 0],
        ["logoutTokenStrict", config.logoutTokenStrict],
        ["userinfoAtSignIn", config.userinfoAtSignIn !== undefined],
        ["signedResponses", config.signedResponses === true],
      ],
      NO_ID_TOKEN,
    ),
    ...claimProblems(profileClaims),
  ];
}

function claimProblems(claims: Readonly<Record<string, string>>): readonly ProviderConfigProblem[] {
  return Object.entries(claims).flatMap(([claim, places]) => {
    const field = "profileClaims";
    if (claim !== "sub" && isSignInClaim(claim))
      return [{ field, fix: `remove ${claim}: a profile can't say that of a sign-in.` }];
    return PLACES.test(places)
      ? []
      : [{ field, fix: `write for ${claim} a member of the profile: name, name|login, or avatar.url.` }];
  });
}
