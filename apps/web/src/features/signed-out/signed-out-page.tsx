import type { AnonymousReason, SignedInView, SignInOutcome } from "@coatcheck/client";
import { useLogin } from "@coatcheck/react";
import { useState } from "react";
import { Mark } from "../../app/mark.tsx";
import { usePageTitle } from "../../app/use-page-title.ts";
import { Banner } from "../banners/banner.tsx";
import { ThemeChoice } from "../theme/theme-choice.tsx";
import { clockTime } from "../ticket/clock-time.ts";
import { TicketPaper } from "../ticket/ticket-paper.tsx";
import { displayName } from "../ticket/ticket-model.ts";
import { CoatRail } from "./coat-rail.tsx";
import { Below } from "./landing/below.tsx";
import { SIGN_IN_OUTCOME_WORDS } from "./sign-in-outcome-words.ts";
import { WHY_ENDED } from "./why-ended.ts";
import "./signed-out.css";

const SPECIMEN = "4127";

export type SignedOutPageProps = {
  reason: AnonymousReason;
  /** The session that this page saw end, and when by the server's clock. */
  ended: { view: SignedInView; at: number } | undefined;
  outcome: SignInOutcome | undefined;
  /** The person comes back from signing out at the provider. */
  isBackFromProvider: boolean;
};

/** The whole product in one picture: coats behind, ticket in hand. Below it, how it works and how to run it. */
export function SignedOutPage({ reason, ended, outcome, isBackFromProvider }: SignedOutPageProps) {
  usePageTitle("Sign in");
  const login = useLogin();
  const [leaving, setLeaving] = useState(false);
  const why = reason === "none" ? undefined : WHY_ENDED[reason].sentence;
  return (
    <main>
      <div className="signed-out">
        <div className="pitch">
          <p className="mark">
            <Mark />
            Coatcheck
          </p>
          <div className="say">
            {outcome === undefined ? null : <Banner {...SIGN_IN_OUTCOME_WORDS[outcome]} />}
            {isBackFromProvider ? (
              <output className="why">You signed out, here and at the provider.</output>
            ) : why === undefined ? null : (
              <output className="why">{why}</output>
            )}
            <h1>Leave your coat. Keep the ticket.</h1>
            <p className="lede">
              A notebook that signs you in without handing your browser a single token. They stay behind the
              counter. You get a number.
            </p>
            <p className="go">
              <button
                type="button"
                className="btn main big"
                onClick={() => {
                  setLeaving(true);
                  login();
                }}
              >
                Sign in
              </button>
              {leaving ? null : <a href="#how">How it works</a>}
              <output>{leaving ? "Going to the provider" : ""}</output>
            </p>
          </div>
          <footer className="foot">
            <p>Signing in happens on the provider’s own page.</p>
            <ThemeChoice />
          </footer>
        </div>
        <div className="room">
          <CoatRail ticket={ended?.view.ticket ?? SPECIMEN} />
        </div>
        <div className="over">
          {ended === undefined ? <BlankTicket /> : <EndedTicket {...ended} reason={reason} />}
        </div>
      </div>
      <Below />
    </main>
  );
}

function BlankTicket() {
  return (
    <TicketPaper
      state="blank"
      label="Your ticket, not yet in use"
      number={SPECIMEN}
      who="Your name here"
      since="and the time you came"
      coat={1}
      note="The coat stays behind the counter."
    />
  );
}

function EndedTicket({ view, at, reason }: { view: SignedInView; at: number; reason: AnonymousReason }) {
  const short = reason === "none" ? "Signed out" : WHY_ENDED[reason].short;
  return (
    <TicketPaper
      state="ended"
      label="Your ticket"
      number={view.ticket}
      who={displayName(view)}
      since={`${clockTime(view.signedInAt)} to ${clockTime(at)}`}
      coat={null}
      rows={[
        { term: "Collected", value: clockTime(at) },
        { term: "Reason", value: short },
      ]}
      words="Ended"
    />
  );
}
