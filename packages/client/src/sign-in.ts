import type { Page } from "./page.ts";

/** A navigation that goes nowhere (server down) frees the others after this. */
const LONGEST_NAVIGATION_MS = 10_000;

export interface SignInPorts {
  lockName: string;
  page: Page | undefined;
  navigate: (url: string) => void;
  isSignedIn: () => boolean;
}

/**
 * Leaves for the sign-in page, one tab of a browser at a time where there are Web Locks.
 *
 * A tab that waited and learned meanwhile that another tab has signed in stays where it is.
 */
export function createSignIn({ lockName, page, navigate, isSignedIn }: SignInPorts): (url: string) => void {
  return (url) => {
    const wasSignedIn = isSignedIn();
    const locks = page?.navigator.locks;
    if (!locks) return navigate(url);
    locks
      .request(lockName, async () => {
        if (isSignedIn() && !wasSignedIn) return;
        navigate(url);
        // The lock is held until this page is left.
        await new Promise((resolve) => setTimeout(resolve, LONGEST_NAVIGATION_MS));
      })
      // Locks are refused in some embedded pages; signing in matters more.
      .catch(() => navigate(url));
  };
}
