import { useLogin } from "@coatcheck/react";
import { SIGN_IN_OUTCOME_WORDS } from "../signed-out/sign-in-outcome-words.ts";
import type { WindowSignIn } from "./use-window-sign-in.ts";

/** How far the sign-in in the window is, and the other ways where the browser opens none. */
export function WindowSignInWords({ progress }: Pick<WindowSignIn, "progress">) {
  const login = useLogin();
  if (progress === "none") {
    return <p className="small quiet">A small window opens at your provider. This page stays as it is.</p>;
  }
  if (progress === "open") {
    return (
      <output className="small quiet">
        Go on in the window that opened. If you closed it, the button opens it again.
      </output>
    );
  }
  if (progress.kind === "blocked") {
    return (
      <div role="alert">
        <p className="small">
          <b>Your browser opened no window.</b> A tab works as well; come back here afterwards.
        </p>
        <p className="ways">
          <a className="btn" href={progress.href} target="_blank" rel="noreferrer">
            Sign in in a new tab
          </a>
          <button type="button" className="btn bare" onClick={() => login()}>
            Sign in on this page
          </button>
        </p>
      </div>
    );
  }
  if (progress.kind === "failed") {
    const { fact, rest } = SIGN_IN_OUTCOME_WORDS[progress.outcome];
    return (
      <p className="small sorry" role="alert">
        <b>{fact}</b> {rest}
      </p>
    );
  }
  return null;
}
