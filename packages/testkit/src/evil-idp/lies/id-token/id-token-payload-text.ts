import type { Lie } from "../../lie.ts";

/** The ID token, well signed, has a payload that is `rewrite`'s text and not the JSON of its claims. */
export function idTokenPayloadText(rewrite: (json: string) => string | Uint8Array): Lie {
  return {
    name: "id-token-payload-text",
    idToken: ({ header, claims }, signer) => signer.sign(header, rewrite(JSON.stringify(claims))),
  };
}
