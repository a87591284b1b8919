export type TicketState = "blank" | "active" | "refreshing" | "degraded" | "torn" | "ended";

/** The small mark before the words on the ticket's state line: shape carries the meaning. */
export function StateMark({ state }: { state: TicketState }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {state === "active" ? <circle cx="6" cy="6" r="5" fill="currentColor" /> : null}
      {state === "refreshing" ? (
        <>
          <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" opacity=".4" />
          <path d="M6 1a5 5 0 0 1 5 5" fill="none" stroke="currentColor" strokeWidth="1.9" />
        </>
      ) : null}
      {state === "degraded" || state === "torn" || state === "ended" ? (
        <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      ) : null}
      {state === "degraded" ? <path d="M6 1a5 5 0 0 0 0 10z" fill="currentColor" /> : null}
      {state === "torn" || state === "ended" ? (
        <path d="M2.6 9.4l6.800-6.800" stroke="currentColor" strokeWidth="1.6" />
      ) : null}
    </svg>
  );
}
