import { useLogout } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { useId } from "react";
import { useNotebook, useNoteDrafts } from "../notes/keeping/notebook-context.tsx";

/** A last try to save what was typed doesn't hold up a sign-out for longer. */
const LAST_SAVE_MS = 3000;

type Wish = { provider: boolean; forget: boolean };

/** Signs out here, or here and at the provider; what was just typed is saved first, and what can't be is asked about. */
export function SignOutChoices() {
  const logout = useLogout();
  const notebook = useNotebook();
  const { drafts } = useNoteDrafts();
  const signOut = useMutation({
    /** Resolves with how many changes nobody has; above 0 the person is still signed in. */
    mutationFn: async ({ provider, forget }: Wish) => {
      if (!forget) {
        await Promise.race([
          notebook.flushAll(),
          new Promise((resolve) => setTimeout(resolve, LAST_SAVE_MS)),
        ]);
        const unsaved = await drafts.count();
        if (unsaved > 0) return unsaved;
      }
      // Before the page is left for the provider's; what is typed while the counter answers goes with the page.
      await drafts.clear();
      await logout({ provider });
      await drafts.clear();
      return 0;
    },
  });
  const run = (wish: Wish) => {
    if (!signOut.isPending) signOut.mutate(wish);
  };
  const unsaved = signOut.data ?? 0;
  if (unsaved > 0) {
    return (
      <div className="choices" role="alert">
        <p className="ask">
          <b>{unsaved === 1 ? "One change is not saved yet." : `${unsaved} changes are not saved yet.`}</b>{" "}
          Signing out forgets {unsaved === 1 ? "it" : "them"}.
        </p>
        <p className="ways">
          <button type="button" className="btn main" onClick={() => signOut.reset()}>
            Stay signed in
          </button>
          <button
            type="button"
            className="btn"
            onClick={() => run({ provider: signOut.variables?.provider ?? false, forget: true })}
          >
            Sign out all the same
          </button>
        </p>
      </div>
    );
  }
  return (
    <div className="choices">
      <Choice
        name="Sign out here"
        what="In this browser, in all its tabs. The provider still knows you, and may sign you in again without asking."
        onChoose={() => run({ provider: false, forget: false })}
      />
      <Choice
        name="Sign out here and at the provider"
        what="The provider asks who you are next time."
        onChoose={() => run({ provider: true, forget: false })}
      />
      {signOut.isPending ? (
        <output className="ask quiet">Saving what you typed, then signing out</output>
      ) : null}
      {signOut.isError ? (
        <p className="sorry" role="alert">
          Not signed out: the counter did not answer. You are still signed in.
        </p>
      ) : null}
    </div>
  );
}

function Choice({ name, what, onChoose }: { name: string; what: string; onChoose: () => void }) {
  const id = useId();
  return (
    <div>
      <button type="button" aria-describedby={id} onClick={onChoose}>
        {name}
      </button>
      <small id={id}>{what}</small>
    </div>
  );
}
