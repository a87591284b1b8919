import type { Lie } from "../../lie.ts";

/** UserInfo answers with this token and not with JSON: unsigned, encrypted, broken. */
export function userinfoReplaced(token: string): Lie {
  return { name: "userinfo-replaced", userinfoToken: () => token };
}
