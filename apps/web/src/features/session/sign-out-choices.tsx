import { useLogout } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { useId } from "react";
import { useNotebook } from "../notes/notebook-context.tsx";

/** A last try to save what was typed doesn't hold up a sign-out for longer. */
const LAST_SAVE_MS = 3000;

/** Signs out here, or here and at the provider; what was just typed is saved first. */
export function SignOutChoices() {
  const logout = useLogout();
  const notebook = useNotebook();
  const signOut = useMutation({
    mutationFn: async (provider: boolean) => {
      await Promise.race([notebook.flushAll(), new Promise((resolve) => setTimeout(resolve, LAST_SAVE_MS))]);
      await logout({ provider });
    },
  });
  const run = (provider: boolean) => {
    if (!signOut.isPending) signOut.mutate(provider);
  };
  return (
    <div className="choices">
      <Choice name="Sign out here" what="In this browser, in all its tabs" onChoose={() => run(false)} />
      <Choice
        name="Sign out here and at the provider"
        what="The provider asks who you are next time"
        onChoose={() => run(true)}
      />
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
