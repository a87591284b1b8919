import type { DevIdpCounters } from "@coatcheck/dev-idp";

/** Refreshes that the provider was asked for; one that it sent back for another nonce isn't one. */
export function tokenCallsIn({ refreshes, nonceChallenges }: DevIdpCounters): number {
  return refreshes - nonceChallenges;
}
