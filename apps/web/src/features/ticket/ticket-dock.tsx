import type { SignedInView } from "@coatcheck/contract";
import { useRef } from "react";
import { NumberWheels } from "./number-wheels.tsx";
import type { TicketState } from "./state-mark.tsx";
import { TicketPaper } from "./ticket-paper.tsx";
import { useLiveTicket } from "./use-live-ticket.ts";
import "./ticket-dock.css";

/**
 * The ticket on narrow pages: a strip within the thumb's reach that opens the whole ticket as a sheet.
 *
 * A modal `dialog` brings the focus in and back, closes on Escape, and makes the page behind it inert.
 */
export function TicketDock({ view, isEnded }: { view: SignedInView; isEnded: boolean }) {
  const sheet = useRef<HTMLDialogElement>(null);
  const { brief, ...paper } = useLiveTicket(view, isEnded);
  return (
    <aside className="dock" aria-label="Your ticket">
      <button
        type="button"
        className="strip"
        aria-haspopup="dialog"
        onClick={() => sheet.current?.showModal()}
      >
        <span className="strip-paper">
          <span className="vh">Show your ticket, number </span>
          <strong>{paper.number}</strong>
          <span className="vh">. </span>
          <span className="strip-words">
            <b>{SHORT_WORDS[paper.state]}</b>
            <span>{brief}</span>
          </span>
          <NumberWheels coat={paper.coat} digits={2} />
        </span>
      </button>
      <dialog
        ref={sheet}
        className="sheet"
        aria-label="Your ticket"
        // Closes on a click beside it, too.
        {...{ closedby: "any" }}
      >
        <div className="sheet-body">
          <TicketPaper {...paper} label={`Ticket ${paper.number}`} />
          <button type="button" className="btn" onClick={() => sheet.current?.close()}>
            Close
          </button>
        </div>
      </dialog>
    </aside>
  );
}

const SHORT_WORDS: Readonly<Record<TicketState, string>> = {
  blank: "Not in use",
  active: "Active",
  refreshing: "Renewing",
  degraded: "Not answering",
  torn: "Ended",
  ended: "Ended",
};
