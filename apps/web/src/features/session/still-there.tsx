import type { SignedInView } from "@coatcheck/client";
import { useClient, useLogout } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { formatRemaining } from "../ticket/remaining.ts";
import { useServerNow } from "../ticket/use-server-now.ts";
import { SessionPanel } from "./session-panel.tsx";

/** Nothing has moved for a while: counts down, and asks. @see WCAG 2.2, success criterion 2.2.1 */
export function StillThere({ view, idleMs }: { view: SignedInView; idleMs: number }) {
  const client = useClient();
  const logout = useLogout();
  const now = useServerNow();
  const stay = useMutation({ mutationFn: client.activity });
  const leftMs = view.idleDeadline - now;
  return (
    <SessionPanel
      title="Still there?"
      says={`Nothing has moved for ${formatRemaining(idleMs - leftMs)}.`}
      onDismiss={() => stay.mutate()}
    >
      <p className="countdown">
        You are signed out in <b role="timer">{formatRemaining(leftMs)}</b>.
      </p>
      <button type="button" className="btn main big" data-main onClick={() => stay.mutate()}>
        Stay signed in
      </button>
      <button type="button" className="btn bare" onClick={() => void logout().catch(() => undefined)}>
        Sign out
      </button>
      {stay.isError ? (
        <p className="small sorry" role="alert">
          The counter did not answer. Try again.
        </p>
      ) : null}
    </SessionPanel>
  );
}
