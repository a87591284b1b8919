import type { BannerWords } from "../banners/banner.tsx";
import type { SignInOutcome } from "./sign-in-outcome.ts";

/** What the page says about a sign-in that didn't work out. */
export const SIGN_IN_OUTCOME_WORDS: Readonly<Record<SignInOutcome, BannerWords>> = {
  declined: {
    weight: "caution",
    fact: "Sign-in was cancelled at the provider.",
    rest: "Nothing was handed over.",
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
  unavailable: {
    weight: "signal",
    fact: "The provider is not answering.",
    rest: "Sign-in works again when it does.",
  },
};
