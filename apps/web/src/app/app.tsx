import { isSignedIn, type SignedInView } from "@coatcheck/client";
import { useClient, useKnownSession, useSession, useSignInOutcome } from "@coatcheck/react";
import { useState } from "react";
import { SignedOutPage } from "../features/signed-out/signed-out-page.tsx";
import { CounterAway, Waiting } from "./before-the-first-answer.tsx";
import { loadPart } from "./load-part.tsx";
import { SignInWindow } from "./sign-in-window.tsx";

const SignedIn = loadPart(() => import("./signed-in.tsx"), <Waiting />);

/** The last view of somebody signed in, and the last one of somebody else before. */
type Seen = { view: SignedInView; before: SignedInView | undefined };

/**
 * Shows what this tab knows of the session: signed out, or the person's page. That one stays while the server is away, and
 * when the session has ended but its person can sign in again.
 */
export function App({ isBackFromProvider }: { isBackFromProvider: boolean }) {
  const client = useClient();
  const session = useSession();
  const known = useKnownSession();
  const outcome = useSignInOutcome();
  const [seen, setSeen] = useState<Seen>();
  const unreachable = session.state === "unreachable" ? session.error : undefined;

  if (session.state === "loading") return <Waiting />;
  if (client.arrival().isWindow) return <SignInWindow />;
  if (known === undefined) return <CounterAway error={unreachable} />;
  if (isSignedIn(known) && known !== seen?.view) setSeen(see(known, seen));
  const last = isSignedIn(known) ? known : seen?.view;

  if (last && (isSignedIn(known) || client.userKey() === last.userKey)) {
    return (
      <SignedIn
        view={last}
        ended={isSignedIn(known) ? undefined : { reason: known.reason, at: known.now }}
        before={seen?.before}
        unreachable={unreachable}
      />
    );
  }
  return (
    <SignedOutPage
      reason={isSignedIn(known) ? "none" : known.reason}
      ended={last && { view: last, at: Math.min(known.now, last.idleDeadline, last.absoluteDeadline) }}
      outcome={outcome}
      isBackFromProvider={isBackFromProvider}
    />
  );
}

function see(view: SignedInView, seen: Seen | undefined): Seen {
  return { view, before: seen && seen.view.userKey !== view.userKey ? seen.view : seen?.before };
}
