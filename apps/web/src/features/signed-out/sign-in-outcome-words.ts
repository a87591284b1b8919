import type { BannerWords } from "../banners/banner.tsx";
import type { SignInOutcome } from "@coatcheck/client";

/** What the page says about a sign-in that didn't work out, or not wholly. */
export const SIGN_IN_OUTCOME_WORDS: Readonly<Record<SignInOutcome, BannerWords>> = {
  declined: {
    weight: "caution",
    fact: "Sign-in was cancelled at the provider.",
    rest: "Nothing was handed over.",
  },
  not_allowed: {
    weight: "signal",
    fact: "The provider does not let you in here.",
    rest: "Ask whoever looks after your account there.",
  },
  login_required: {
    weight: "caution",
    fact: "The provider needs to ask you something first.",
    rest: "Sign in starts afresh, and it can ask.",
  },
  step_up_failed: {
    weight: "caution",
    fact: "The provider could not check you as strictly as this needs.",
    rest: "Sign in again with another method, such as a security key or a code.",
  },
  invalid_scope: {
    weight: "signal",
    fact: "The provider refuses a permission that this app asks for.",
    rest: "It is nothing that you did. For whoever runs the app: allow every scope of OAUTH_SCOPE for this client, or remove it.",
  },
  misconfigured: {
    weight: "signal",
    fact: "This app is not set up as the provider wants it.",
    rest: "It is nothing that you did. For whoever runs the app: the log names what the provider refused and the setting to change, such as OAUTH_CLIENT_AUTH=client_secret_post.",
  },
  failed: {
    weight: "signal",
    fact: "Sign-in did not finish.",
    rest: "What came back from the provider did not match what was asked. Sign in starts afresh.",
  },
  expired: {
    weight: "caution",
    fact: "Sign-in took too long and was dropped.",
    rest: "It is good for ten minutes. Sign in starts afresh.",
  },
  too_large: {
    weight: "signal",
    fact: "Your account carries more than a session can hold.",
    rest: "For whoever runs the app: the log names the largest parts.",
  },
  needed: {
    weight: "caution",
    fact: "That link needs you to be signed in.",
    rest: "Sign in, then open it again.",
  },
  place_lost: {
    weight: "caution",
    fact: "You are signed in, but not where you were.",
    rest: "That address was too long to come back to.",
  },
  unavailable: {
    weight: "signal",
    fact: "The provider is not answering.",
    rest: "Sign-in works again when it does.",
  },
};
