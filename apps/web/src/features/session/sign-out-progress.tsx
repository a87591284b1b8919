import type { SignOut } from "./use-sign-out.ts";

/** What would be lost with a sign-out, and the two ways on. */
export function UnsavedQuestion({ signOut: { unsaved, insist, cancel } }: { signOut: SignOut }) {
  return (
    <div className="choices" role="alert">
      <p className="ask">
        <b>{unsaved === 1 ? "One change is not saved yet." : `${unsaved} changes are not saved yet.`}</b>{" "}
        Signing out forgets {unsaved === 1 ? "it" : "them"}.
      </p>
      <p className="ways">
        <button type="button" className="btn main" onClick={cancel}>
          Stay signed in
        </button>
        <button type="button" className="btn" onClick={insist}>
          Sign out all the same
        </button>
      </p>
    </div>
  );
}

/** How a sign-out is getting on. */
export function SignOutProgress({ signOut }: { signOut: SignOut }) {
  return (
    <>
      {signOut.isPending ? (
        <output className="ask quiet">Saving what you typed, then signing out</output>
      ) : null}
      {signOut.isError ? (
        <p className="sorry" role="alert">
          Not signed out: the counter did not answer. You are still signed in.
        </p>
      ) : null}
    </>
  );
}
