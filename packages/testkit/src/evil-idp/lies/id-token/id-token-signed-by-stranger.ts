import { CompactSign, exportJWK, generateKeyPair } from "jose";
import type { Lie } from "../../lie.ts";

/** The ID token is signed with a key of somebody else, who says that it is the provider's; `embed` sends the key along. */
export function idTokenSignedByStranger(embed: "jwk" | "jku" | "nothing" = "nothing", jku = ""): Lie {
  return {
    name: "id-token-signed-by-stranger",
    async idToken({ header, claims }) {
      const algorithm = String(header["alg"]);
      const { privateKey, publicKey } = await generateKeyPair(algorithm);
      const embedded = {
        jwk: { jwk: await exportJWK(publicKey) },
        jku: { jku },
        nothing: {},
      }[embed];
      return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ ...header, alg: algorithm, ...embedded })
        .sign(privateKey);
    },
  };
}
