import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** The logout token, well signed, has another header member, or lacks it. */
export function logoutTokenHeader(name: string, value: unknown): Lie {
  return { name: "logout-token-header", logoutTokenDraft: ({ header }) => setOrDelete(header, name, value) };
}
