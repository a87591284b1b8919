import type { AnonymousReason } from "@coatcheck/client";

/** What to say about the end of a session: short for the ticket, a sentence for the page. */
export type WhyEnded = { short: string; sentence: string };

/** Why nobody is signed in, in words; `none` has nothing to tell. */
export const WHY_ENDED: Readonly<Record<Exclude<AnonymousReason, "none">, WhyEnded>> = {
  idle_timeout: {
    short: "Idle limit reached",
    sentence: "Nothing moved up to the idle limit, so you were signed out.",
  },
  absolute_timeout: {
    short: "Latest end reached",
    sentence: "The ticket reached its latest end. Signing in prints a new one.",
  },
  signed_out: { short: "You signed out", sentence: "You signed out." },
  revoked: {
    short: "Ended from elsewhere",
    sentence: "Your session was ended from elsewhere: by you in another browser, or by the provider.",
  },
  grant_ended: {
    short: "No longer renewed",
    sentence: "The provider stopped renewing your access, so the session ended.",
  },
  unreadable: {
    short: "Ticket not readable",
    sentence: "The counter could not read your ticket. Signing in prints a new one.",
  },
};
