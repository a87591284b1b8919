import type { Lie } from "../../lie.ts";

/** In the ID token's place stands something else: another kind of token, a broken one. */
export function idTokenReplaced(token: string): Lie {
  return { name: "id-token-replaced", tokenResponse: (body) => void (body["id_token"] = token) };
}
