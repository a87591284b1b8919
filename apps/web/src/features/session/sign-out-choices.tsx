import { SESSIONS_EXTENSION } from "@coatcheck/contract";
import { useSession } from "@coatcheck/react";
import { useId, useState } from "react";
import { createPortal } from "react-dom";
import { loadPart } from "../../app/load-part.tsx";
import { SignOutProgress, UnsavedQuestion } from "./sign-out-progress.tsx";
import { useSignOut } from "./use-sign-out.ts";

const SessionsDialog = loadPart(() => import("./sessions-dialog.tsx"));

/** Signs out here, or here and at the provider; shows where else the person is signed in. */
export function SignOutChoices() {
  const signOut = useSignOut();
  const session = useSession();
  const [isListing, setListing] = useState(false);
  if (signOut.unsaved > 0) return <UnsavedQuestion signOut={signOut} />;
  return (
    <div className="choices">
      <Choice
        name="Sign out here"
        what="In this browser, in all its tabs. The provider still knows you, and may sign you in again without asking."
        onChoose={() => signOut.run({})}
      />
      <Choice
        name="Sign out here and at the provider"
        what="The provider asks who you are next time."
        onChoose={() => signOut.run({ provider: true })}
      />
      {"extensions" in session && session.extensions?.includes(SESSIONS_EXTENSION) ? (
        <Choice
          name="Your sessions"
          what="Where else you are signed in, and a way to end it."
          onChoose={(button) => {
            // First, so that the focus comes back to what opened the panel, which is still there then.
            button.closest<HTMLElement>("[popover]")?.hidePopover();
            setListing(true);
          }}
        />
      ) : null}
      <SignOutProgress signOut={signOut} />
      {isListing
        ? // Outside of the panel, which is hidden by now.
          createPortal(<SessionsDialog onClose={() => setListing(false)} />, document.body)
        : null}
    </div>
  );
}

type ChoiceProps = { name: string; what: string; onChoose: (button: HTMLElement) => void };

function Choice({ name, what, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div>
      <button type="button" aria-describedby={id} onClick={({ currentTarget }) => onChoose(currentTarget)}>
        {name}
      </button>
      <small id={id}>{what}</small>
    </div>
  );
}
