import { isSignedIn } from "@coatcheck/client";
import type { SignedInView } from "@coatcheck/contract";
import { useSession } from "@coatcheck/react";
import { lazy, Suspense, useState } from "react";
import { createDraftStore } from "../features/notes/draft-store.ts";
import type { SignInOutcome } from "@coatcheck/contract";
import { SignedOutPage } from "../features/signed-out/signed-out-page.tsx";
import { noteName } from "../features/notes/note.ts";
import { CounterAway, Waiting } from "./before-the-first-answer.tsx";

const SignedIn = lazy(() => import("./signed-in.tsx"));

/** The last view of somebody signed in, and the last one of somebody else before. */
type Seen = { view: SignedInView; before: SignedInView | undefined };

/** Shows what this tab knows of the session: signed out, or the person's page, which stays while the server is away. */
export function App({ outcome }: { outcome: SignInOutcome | undefined }) {
  const session = useSession();
  const [seen, setSeen] = useState<Seen>();
  const known = session.state === "unreachable" ? session.last : session;

  if (known === undefined) return <CounterAway />;
  if (known.state === "loading") return <Waiting />;
  if (isSignedIn(known)) {
    if (known !== seen?.view) setSeen(see(known, seen));
    return (
      <Suspense fallback={<Waiting />}>
        <SignedIn
          view={known}
          before={seen?.before}
          isReachable={session.state !== "unreachable"}
          outcome={outcome}
        />
      </Suspense>
    );
  }
  const last = seen?.view;
  return (
    <SignedOutPage
      reason={known.reason}
      ended={last && { view: last, at: Math.min(known.now, last.idleDeadline, last.absoluteDeadline) }}
      outcome={outcome}
      keptDrafts={last ? keptDrafts(last.userKey) : []}
    />
  );
}

function see(view: SignedInView, seen: Seen | undefined): Seen {
  return { view, before: seen && seen.view.userKey !== view.userKey ? seen.view : seen?.before };
}

function keptDrafts(userKey: string): readonly string[] {
  return createDraftStore(() => sessionStorage, userKey)
    .all()
    .map(noteName);
}
