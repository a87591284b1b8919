import { useLogout } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
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
      <button type="button" onClick={() => run(false)}>
        Sign out here
        <small>In this browser, in all its tabs</small>
      </button>
      <button type="button" onClick={() => run(true)}>
        Sign out here and at the provider
        <small>The provider asks for your password next time</small>
      </button>
      {signOut.isError ? (
        <p className="sorry" role="alert">
          Not signed out: the counter did not answer. You are still signed in.
        </p>
      ) : null}
    </div>
  );
}
