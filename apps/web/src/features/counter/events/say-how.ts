import type { DemoEvent } from "@coatcheck/contract";

export type RefreshEvent = Extract<DemoEvent, { kind: "refresh" }>;

/** In words, without a full stop. */
export const HOW: Readonly<Record<RefreshEvent["outcome"], string>> = {
  led: "One token call, led by this request",
  joined: "Joined a refresh that was under way",
  replayed: "The ledger had it already",
  window: "Renewed in the background, nobody waited",
  refused: "The provider refused this time",
  client: "The provider refused this server’s own credentials",
  unsent: "The token call was not sent",
  ambiguous: "The token call’s answer was lost",
  unreadable: "The token call’s answer made no sense",
  other_identity: "The provider answered about somebody else",
  terminal: "The provider refused for good",
};

/** How a request came by its token, in a sentence. */
export function sayHow({ outcome, durationMs }: RefreshEvent, timed: "timed" | "untimed" = "timed"): string {
  return timed === "timed" ? `${HOW[outcome]}, ${Math.round(durationMs)} ms.` : `${HOW[outcome]}.`;
}
