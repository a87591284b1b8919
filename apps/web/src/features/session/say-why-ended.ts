import type { AnonymousReason } from "@coatcheck/client";

/** What happened to the session, and when, in a sentence. */
export function sayWhyEnded(reason: AnonymousReason, time: string): string {
  switch (reason) {
    case "idle_timeout":
      return `Nothing moved up to the idle limit, so the session ended at ${time}.`;
    case "absolute_timeout":
      return `The ticket reached its latest end at ${time}.`;
    case "revoked":
      return `The provider ended your session at ${time}.`;
    case "grant_ended":
      return `The provider stopped renewing your access, so the session ended at ${time}.`;
    case "unreadable":
      return `The counter could not read your ticket at ${time}.`;
    case "signed_out":
      return `You signed out at ${time}.`;
    case "none":
      return `Your session was gone at ${time}.`;
  }
}
