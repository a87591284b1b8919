import { oidcPreset } from "./oidc.ts";
import type { ProviderConfigProblem } from "../setup/provider-config.ts";
import type { Preset } from "./preset.ts";

const APPLE_ISSUER = "https://appleid.apple.com";
/** Of teams and keys. */
const APPLE_ID = /^[A-Z\d]{10}$/;

/**
 * Sign in with Apple, without scopes. By Apple's documentation, not tried against it.
 *
 * With scopes Apple answers by `form_post` alone, which isn't offered; without, a sign-in yields who it is, and neither name nor
 * address. The secret is a signed text that lives for minutes and is made for each call.
 *
 * @see https://developer.apple.com/documentation/signinwithapplerestapi
 */
export const applePreset: Preset = {
  ...oidcPreset,
  name: "apple",
  issuer: APPLE_ISSUER,
  scopes: "none",
  scope: "",
  clientAuth: "client_secret_post",
  signsSecret: true,
  // Nothing documents it, and the nonce does what it would.
  pkce: "never",
  hasPrompt: false,
  asksConsent: "never",
  userinfoAtSignIn: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice: "Apple gives one with each code: look at the key and the Services ID.",
  },
  configProblems(config) {
    const { issuer = APPLE_ISSUER, apple, prompt, clientSecret, clientAuth, resources } = config;
    const problems: ProviderConfigProblem[] = [];
    const add = (field: string, fix: string) => void problems.push({ field, fix });
    if (issuer !== APPLE_ISSUER && config.dangerouslyAllowHttp !== "loopback")
      add("issuer", `remove it: Apple's issuer is ${APPLE_ISSUER}.`);
    if (apple?.teamId === undefined || !APPLE_ID.test(apple.teamId))
      add("apple.teamId", "write the Team ID of your developer account: ten letters and digits.");
    if (apple?.keyId === undefined || !APPLE_ID.test(apple.keyId))
      add("apple.keyId", "write the Key ID of the key, which its file name has: AuthKey_<Key ID>.p8.");
    if (config.clientKeys === undefined)
      add(
        "clientKeys",
        "give the key that Apple made for you (AuthKey_<Key ID>.p8); its secret is made of it.",
      );
    if (clientSecret !== undefined)
      add(
        "clientSecret",
        "remove it: it is made of the key, and expires; clientKeys, apple.teamId and apple.keyId are all that is needed.",
      );
    if (clientAuth !== undefined && clientAuth !== "client_secret_post")
      add("clientAuth", "remove it: Apple knows client_secret_post alone.");
    if (prompt !== undefined && prompt !== "") add("prompt", "remove it: Apple refuses a sign-in with one.");
    if (resources.length > 0) add("resources", "leave the list empty: Apple's tokens are for no API.");
    return problems;
  },
};
