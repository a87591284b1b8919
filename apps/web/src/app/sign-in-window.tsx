import { isSignedIn } from "@coatcheck/client";
import { useLogin, useKnownSession, useClient } from "@coatcheck/react";
import { SIGN_IN_WINDOW_PARAMETER } from "@coatcheck/contract";
import { Banner } from "../features/banners/banner.tsx";
import { SIGN_IN_OUTCOME_WORDS } from "../features/signed-out/sign-in-outcome-words.ts";
import { Mark } from "./mark.tsx";
import { usePageTitle } from "./use-page-title.ts";
import "./plain-page.css";

/** What a window shows that was opened to sign in, where it can't close itself or has something to say. */
export function SignInWindow() {
  const { outcome } = useClient().arrival();
  const login = useLogin();
  const known = useKnownSession();
  const isDone = known !== undefined && isSignedIn(known) && outcome === undefined;
  usePageTitle(isDone ? "Signed in" : "Sign in");
  return (
    <main className="plain">
      <Mark />
      <h1>{isDone ? "You are signed in." : "You are not signed in yet."}</h1>
      {outcome === undefined ? null : <Banner {...SIGN_IN_OUTCOME_WORDS[outcome]} />}
      <p>
        {isDone
          ? "Go on where you were; this one can be closed."
          : "The page that you came from stays as it is."}
      </p>
      <p className="ways">
        {isDone ? null : (
          <button
            type="button"
            className="btn main"
            onClick={() => login({ returnTo: `/?${SIGN_IN_WINDOW_PARAMETER}=1` })}
          >
            Try again
          </button>
        )}
        <button type="button" className="btn" onClick={() => window.close()}>
          Close
        </button>
      </p>
    </main>
  );
}
