import { BFF_PATHS } from "@coatcheck/contract";

/** Kept in this tab alone, on the way to the provider's page and back; says nothing of who it was. */
const KEY = "coatcheck:signed-out-at-provider";

/** Leaves the page; after a sign-out here alone it stays, so that it can show the ticket that ended. */
export function leavePage(url: string): void {
  if (url === "/") return history.replaceState(null, "", "/");
  if (url.startsWith(BFF_PATHS.logoutProvider)) remember();
  location.assign(url);
}

/**
 * Whether this page came back from signing out at the provider; tells it once, and takes the provider's `state` out of the
 * address (OpenID Connect RP-Initiated Logout section 3).
 */
export function takeProviderSignOut(): boolean {
  const url = new URL(location.href);
  if (url.searchParams.has("state")) {
    url.searchParams.delete("state");
    history.replaceState(history.state, "", url.pathname + url.search + url.hash);
  }
  try {
    const isBack = sessionStorage.getItem(KEY) !== null;
    sessionStorage.removeItem(KEY);
    return isBack;
  } catch {
    return false;
  }
}

function remember(): void {
  try {
    sessionStorage.setItem(KEY, "1");
  } catch {
    // Without storage the page says less after the sign-out.
    return;
  }
}
