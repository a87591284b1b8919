import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** The ID token, well signed, claims something else, or nothing. */
export function idTokenClaim(name: string, value: unknown): Lie {
  return { name: "id-token-claim", idTokenDraft: ({ claims }) => setOrDelete(claims, name, value) };
}
