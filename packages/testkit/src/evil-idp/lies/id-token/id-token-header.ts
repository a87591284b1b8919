import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** The ID token, well signed, has another header member, or lacks it. */
export function idTokenHeader(name: string, value: unknown): Lie {
  return { name: "id-token-header", idTokenDraft: ({ header }) => setOrDelete(header, name, value) };
}
