import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** UserInfo says something else about `name`, or nothing. */
export function userinfoClaim(name: string, value: unknown): Lie {
  return { name: "userinfo-claim", userinfo: (claims) => setOrDelete(claims, name, value) };
}
