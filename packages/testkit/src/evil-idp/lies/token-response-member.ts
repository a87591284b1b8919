import type { Lie } from "../lie.ts";
import { setOrDelete } from "./absent.ts";

/** The token response says something else about `name`, or nothing. */
export function tokenResponseMember(name: string, value: unknown): Lie {
  return { name: "token-response-member", tokenResponse: (body) => setOrDelete(body, name, value) };
}
