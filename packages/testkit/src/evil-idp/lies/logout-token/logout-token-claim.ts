import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** The logout token, well signed, claims something else, or nothing. */
export function logoutTokenClaim(name: string, value: unknown): Lie {
  return { name: "logout-token-claim", logoutTokenDraft: ({ claims }) => setOrDelete(claims, name, value) };
}
