import type { AnonymousReason } from "@coatcheck/client";

/** What happened to the session, up to the word before the time. */
const WHAT_HAPPENED: Readonly<Record<AnonymousReason, string>> = {
  idle_timeout: "Nothing moved up to the idle limit, so the session ended at",
  absolute_timeout: "The ticket reached its latest end at",
  revoked: "Your session was ended from elsewhere at",
  grant_ended: "The provider stopped renewing your access, so the session ended at",
  unreadable: "The counter could not read your ticket at",
  signed_out: "You signed out at",
  none: "Your session was gone at",
};

/** What happened to the session, and when, in a sentence. */
export function sayWhyEnded(reason: AnonymousReason, time: string): string {
  return `${WHAT_HAPPENED[reason]} ${time}.`;
}
