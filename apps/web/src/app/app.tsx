import { isSignedIn } from "@coatcheck/client";
import type { SignedInView } from "@coatcheck/contract";
import { useSession } from "@coatcheck/react";
import { lazy, Suspense, useState } from "react";
import { createDraftStore } from "../features/notes/draft-store.ts";
import type { SignInOutcome } from "../features/signed-out/sign-in-outcome.ts";
import { SignedOutPage } from "../features/signed-out/signed-out-page.tsx";
import { noteName } from "../features/notes/note.ts";
import { CounterAway, Waiting } from "./before-the-first-answer.tsx";

const SignedIn = lazy(() => import("./signed-in.tsx"));

/** Shows what this tab knows of the session: signed out, or the person's page, which stays while the server is away. */
export function App({ outcome }: { outcome: SignInOutcome | undefined }) {
  const session = useSession();
  const [seen, setSeen] = useState<SignedInView>();
  const known = session.state === "unreachable" ? session.last : session;

  if (known === undefined) return <CounterAway />;
  if (known.state === "loading") return <Waiting />;
  if (isSignedIn(known)) {
    if (known !== seen) setSeen(known);
    return (
      <Suspense fallback={<Waiting />}>
        <SignedIn
          view={known}
          before={seen}
          isReachable={session.state !== "unreachable"}
          outcome={outcome}
        />
      </Suspense>
    );
  }
  return (
    <SignedOutPage
      reason={known.reason}
      ended={seen && { view: seen, at: Math.min(known.now, seen.idleDeadline, seen.absoluteDeadline) }}
      outcome={outcome}
      keptDrafts={seen ? keptDrafts(seen.userKey) : []}
    />
  );
}

function keptDrafts(userKey: string): readonly string[] {
  return createDraftStore(() => sessionStorage, userKey)
    .all()
    .map(noteName);
}
