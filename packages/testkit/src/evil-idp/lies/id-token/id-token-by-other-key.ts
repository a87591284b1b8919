import type { Lie } from "../../lie.ts";
import { createSigner } from "../../signer.ts";

/** The ID token is well signed by another algorithm, with a key that the provider publishes, too. */
export function idTokenByOtherKey(algorithm: string): Lie {
  const made = createSigner(algorithm, `other-${algorithm}`, 1);
  return {
    name: "id-token-by-other-key",
    publishedKeys: async (keys) => [...keys, (await made).publicKey],
    idToken: async ({ header, claims }) => {
      const signer = await made;
      const { kid } = signer.publicKey;
      return signer.sign({ ...header, alg: algorithm, kid }, JSON.stringify(claims));
    },
  };
}
