import type { SignedInView } from "@coatcheck/client";
import { clockTime, timeAndDay } from "./clock-time.ts";
import { formatRemaining } from "./remaining.ts";
import { lifeLeft, remainingLife, type TokenLife } from "./token-life.ts";
import type { TicketPaperProps, TicketRow } from "./ticket-paper.tsx";

export type LiveTicketModel = TicketPaperProps & {
  /** One short line for the docked strip. */
  brief: string;
};

export const STATE_WORDS = {
  active: "Active",
  refreshing: "Renewing in the background",
  degraded: "Provider not answering",
  torn: "Sign in again to go on",
} as const;

/**
 * What the ticket of somebody who is signed in says at an instant.
 *
 * @param nowMs The server's clock.
 * @param renewing A renewal is under way.
 */
export function describeTicket(
  view: SignedInView,
  life: TokenLife,
  nowMs: number,
  renewing: boolean,
): LiveTicketModel {
  const state = view.state === "degraded" ? "degraded" : renewing ? "refreshing" : "active";
  const access = accessRow(view, life, nowMs, renewing);
  return {
    state,
    number: view.ticket,
    who: displayName(view),
    since: `since ${timeAndDay(view.signedInAt, nowMs)}`,
    coat: view.generation,
    rows: [
      access,
      { term: "Idle limit", value: formatRemaining(view.idleDeadline - nowMs) },
      { term: "Ends at the latest", value: clockTime(view.absoluteDeadline) },
    ],
    words: STATE_WORDS[state],
    brief: brief(view, life, nowMs),
  };
}

/** The ticket after the session's end: the number is still there, the coat isn't. */
export function describeTornTicket(view: SignedInView, nowMs: number): LiveTicketModel {
  return {
    state: "torn",
    number: view.ticket,
    who: displayName(view),
    since: `since ${timeAndDay(view.signedInAt, nowMs)}`,
    coat: null,
    words: STATE_WORDS.torn,
    brief: "Sign in again",
  };
}

/** The person's name where the provider gives one. */
export function displayName(view: SignedInView): string {
  const { name, preferred_username: userName, email } = view.user;
  for (const candidate of [name, userName, email]) {
    if (typeof candidate === "string" && candidate !== "") return candidate;
  }
  return view.user.sub || "You";
}

/** Whether the page knows whom to name: one that was opened offline doesn't until the server answers. */
export function isNamed(view: SignedInView): boolean {
  return view.user.sub !== "";
}

function accessRow(view: SignedInView, life: TokenLife, nowMs: number, renewing: boolean): TicketRow {
  const leftMs = remainingLife(life, nowMs);
  const left = lifeLeft(life, nowMs);
  if (view.state === "degraded") {
    return { term: "Good without the provider", value: formatRemaining(leftMs), lifeLeft: left };
  }
  if (view.refresh === "none")
    return { term: "Access ends in", value: formatRemaining(leftMs), lifeLeft: left };
  if (leftMs <= 0)
    return { term: "Access renews", value: renewing ? "now" : "with the next call", lifeLeft: 0 };
  return { term: "Access renews in", value: formatRemaining(leftMs), lifeLeft: left };
}

function brief(view: SignedInView, life: TokenLife, nowMs: number): string {
  const leftMs = remainingLife(life, nowMs);
  if (view.state === "degraded") return `Good for ${formatRemaining(leftMs)}`;
  if (view.refresh === "none") return `Ends in ${formatRemaining(leftMs)}`;
  return leftMs <= 0 ? "Renews with the next call" : `${formatRemaining(leftMs)} to renewal`;
}
