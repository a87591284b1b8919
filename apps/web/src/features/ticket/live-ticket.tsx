import type { SignedInView } from "@coatcheck/contract";
import { TicketPaper } from "./ticket-paper.tsx";
import { useLiveTicket } from "./use-live-ticket.ts";

/** The ticket of the person who is signed in, counting by itself so that the page around it doesn't render each second. */
export function LiveTicket({ view, isEnded }: { view: SignedInView; isEnded: boolean }) {
  const { brief: _brief, ...paper } = useLiveTicket(view, isEnded);
  return <TicketPaper {...paper} />;
}
