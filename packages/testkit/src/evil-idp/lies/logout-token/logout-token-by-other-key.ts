import type { Lie } from "../../lie.ts";
import { createSigner } from "../../signer.ts";

/** The logout token is well signed by another algorithm, with a key that the provider publishes, too. */
export function logoutTokenByOtherKey(algorithm: string): Lie {
  const made = createSigner(algorithm, `other-${algorithm}`, 1);
  return {
    name: "logout-token-by-other-key",
    publishedKeys: async (keys) => [...keys, (await made).publicKey],
    logoutToken: async ({ header, claims }) => {
      const signer = await made;
      const { kid } = signer.publicKey;
      return signer.sign({ ...header, alg: algorithm, kid }, JSON.stringify(claims));
    },
  };
}
