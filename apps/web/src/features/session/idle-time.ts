import type { SignedInView } from "@coatcheck/client";

const LONGEST_WARNING_MS = 120_000;

/** How long a session may rest; the server doesn't tell, so the longest remainder seen in it counts. */
export type IdleTime = { ticket: string; idleMs: number };

export function learnIdleTime(before: IdleTime | undefined, view: SignedInView): IdleTime {
  const idleMs = view.idleDeadline - view.now;
  if (before?.ticket !== view.ticket) return { ticket: view.ticket, idleMs };
  return idleMs > before.idleMs ? { ...before, idleMs } : before;
}

/** Two minutes before the end, or half of a shorter idle time. */
export function isWarningDue(view: SignedInView, { idleMs }: IdleTime, nowMs: number): boolean {
  return view.idleDeadline - nowMs < Math.min(LONGEST_WARNING_MS, idleMs / 2);
}
