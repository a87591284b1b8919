import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { RefreshFlight } from "../refresh/refresh-flight.ts";

/** What one visit set off. */
export interface VisitNotes {
  readonly session: SessionRef;
  /** The newest grant that came of a refresh which this visit led. */
  ledGrant?: Grant;
  /** The refresh beside this visit's call. */
  windowFlight?: RefreshFlight;
  /** A refresh that this visit knows of may have moved the tip. */
  hasFlight: boolean;
}

/** Takes note of a refresh that this visit joined, or started (`isOwn`). */
export function noteFlight(notes: VisitNotes, flight: RefreshFlight, isOwn: boolean): void {
  notes.hasFlight = true;
  if (!isOwn) return;
  if (flight.order.mode === "window") notes.windowFlight = flight;
  void flight.result.then((result) => {
    if (result.kind !== "advanced" || result.how !== "led") return;
    if ((notes.ledGrant?.generation ?? -1) < result.grant.generation) notes.ledGrant = result.grant;
  });
}
