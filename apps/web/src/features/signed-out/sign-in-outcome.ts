import { SIGN_IN_OUTCOMES, SIGN_IN_PARAMETER } from "@coatcheck/contract";
import type { SignInOutcome } from "@coatcheck/contract";

/**
 * Reads the outcome from an address and says what the address is without it.
 *
 * An unknown value is dropped like a known one: an address never puts words on the page.
 */
export function readSignInOutcome(href: string): { outcome: SignInOutcome | undefined; rest: string } {
  const url = new URL(href);
  const said = url.searchParams.get(SIGN_IN_PARAMETER);
  if (said === null) return { outcome: undefined, rest: url.pathname + url.search + url.hash };
  url.searchParams.delete(SIGN_IN_PARAMETER);
  return {
    outcome: SIGN_IN_OUTCOMES.find((outcome) => outcome === said),
    rest: url.pathname + url.search + url.hash,
  };
}

/** Takes the outcome out of the page's address, so that a reload or a shared link doesn't say it again. */
export function takeSignInOutcome(page: Pick<Window, "location" | "history">): SignInOutcome | undefined {
  if (!page.location.search.includes(SIGN_IN_PARAMETER)) return undefined;
  const { outcome, rest } = readSignInOutcome(page.location.href);
  page.history.replaceState(page.history.state, "", rest);
  return outcome;
}
