import type { SignedInView } from "@coatcheck/client";
import { displayName, isNamed } from "../ticket/ticket-model.ts";
import { KeptLines } from "./kept-lines.tsx";
import { SessionPanel } from "./session-panel.tsx";
import { TornTicket } from "./torn-ticket.tsx";
import { useWindowSignIn } from "./use-window-sign-in.ts";
import { WindowSignInWords } from "./window-sign-in-words.tsx";

export type SignInAgainProps = {
  view: SignedInView;
  kind: "sign_in" | "step_up";
  title: string;
  /** What happened, in a sentence or two. */
  says: string;
  dismiss: string;
  onDismiss: () => void;
};

/** The session has ended, or an API wants a fresher one: says what is kept, and offers to sign in in a window. */
export function SignInAgain({ view, kind, title, says, dismiss, onDismiss }: SignInAgainProps) {
  const { progress, begin } = useWindowSignIn(view, kind);
  const first = displayName(view).split(" ")[0];
  return (
    <SessionPanel title={title} says={says} onDismiss={onDismiss}>
      {kind === "sign_in" ? <TornTicket number={view.ticket} /> : null}
      <KeptLines />
      <button type="button" className="btn main big" data-main onClick={begin}>
        {isNamed(view) ? `Sign in as ${first}` : "Sign in again"}
      </button>
      <button type="button" className="btn bare" onClick={onDismiss}>
        {dismiss}
      </button>
      <WindowSignInWords progress={progress} />
    </SessionPanel>
  );
}
