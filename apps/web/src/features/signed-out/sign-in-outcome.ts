/** How a sign-in that didn't work out ended; the callback says it in the address. */
export const SIGN_IN_OUTCOMES = ["declined", "failed", "expired", "unavailable"] as const;

export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

const PARAMETER = "signin";

/**
 * Reads the outcome from an address and says what the address is without it.
 *
 * An unknown value is dropped like a known one: an address never puts words on the page.
 */
export function readSignInOutcome(href: string): { outcome: SignInOutcome | undefined; rest: string } {
  const url = new URL(href);
  const said = url.searchParams.get(PARAMETER);
  if (said === null) return { outcome: undefined, rest: url.pathname + url.search + url.hash };
  url.searchParams.delete(PARAMETER);
  return {
    outcome: SIGN_IN_OUTCOMES.find((outcome) => outcome === said),
    rest: url.pathname + url.search + url.hash,
  };
}

/** Takes the outcome out of the page's address, so that a reload or a shared link doesn't say it again. */
export function takeSignInOutcome(page: Pick<Window, "location" | "history">): SignInOutcome | undefined {
  if (!page.location.search.includes(PARAMETER)) return undefined;
  const { outcome, rest } = readSignInOutcome(page.location.href);
  page.history.replaceState(page.history.state, "", rest);
  return outcome;
}
