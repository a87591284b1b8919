import { useLogout } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { useNotebook, useNoteDrafts } from "../notes/keeping/notebook-context.tsx";

/** A last try to save what was typed doesn't hold up a sign-out for longer. */
const LAST_SAVE_MS = 3000;

/** `forget`: also where not everything is saved. */
export type SignOutWish = { provider?: boolean; everywhere?: boolean; forget?: boolean };

/** A sign-out: what was just typed is saved first, and what can't be is asked about. */
export function useSignOut() {
  const logout = useLogout();
  const notebook = useNotebook();
  const { drafts } = useNoteDrafts();
  const signOut = useMutation({
    /** Resolves with how many changes nobody has; above 0 the person is still signed in. */
    mutationFn: async ({ forget, ...wish }: SignOutWish) => {
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
      await logout(wish);
      await drafts.clear();
      return 0;
    },
  });
  return {
    run: (wish: SignOutWish) => {
      if (!signOut.isPending) signOut.mutate(wish);
    },
    unsaved: signOut.data ?? 0,
    isPending: signOut.isPending,
    isError: signOut.isError,
    /** Goes on in spite of what isn't saved. */
    insist: () => signOut.mutate({ ...signOut.variables, forget: true }),
    cancel: () => signOut.reset(),
  };
}

export type SignOut = ReturnType<typeof useSignOut>;
