import type { SessionRef } from "../grant/session-ref.ts";
import type { Grant } from "../grant/grant.ts";
import type { RefreshFlight } from "../refresh/refresh-flight.ts";

/** What one request set off, remembered by the `SessionRef` that it passes: nothing to clean up. */
export interface RequestNotes {
  /** The newest grant that came of a refresh which this request led. */
  ledGrant(session: SessionRef): Grant | undefined;
  /** The refresh beside this request's call. */
  windowFlight(session: SessionRef): RefreshFlight | undefined;
  /** A refresh that this request knows of may have moved the tip. */
  hasFlight(session: SessionRef): boolean;
  noteFlight(session: SessionRef, flight: RefreshFlight, isOwn: boolean): void;
}

export function createRequestNotes(): RequestNotes {
  const notes = new WeakMap<SessionRef, { led?: Grant; window?: RefreshFlight }>();

  return {
    ledGrant: (session) => notes.get(session)?.led,
    windowFlight: (session) => notes.get(session)?.window,
    hasFlight: (session) => notes.has(session),
    noteFlight(session, flight, isOwn) {
      const note = notes.get(session) ?? {};
      notes.set(session, note);
      if (!isOwn) return;
      if (flight.order.mode === "window") note.window = flight;
      void flight.result.then((result) => {
        if (result.kind !== "advanced" || result.how !== "led") return;
        if ((note.led?.generation ?? -1) < result.grant.generation) note.led = result.grant;
      });
    },
  };
}
