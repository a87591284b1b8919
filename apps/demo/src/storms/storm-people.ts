import type { DevIdpUser } from "@coatcheck/dev-idp";

/** Whom storms sign in as: people of their own, so that the provider's counters for them are of the storm alone. */
export const STORM_PEOPLE = {
  plain: storm("storm-plain", "Plain Storm"),
  coatcheck: storm("storm-coatcheck", "Coatcheck Storm"),
} as const;

function storm(name: string, fullName: string): DevIdpUser {
  return { sub: name, username: name, password: "ticket", isListed: false, claims: { name: fullName } };
}
