import type { Lie, Members } from "../../lie.ts";

/** UserInfo answers with a JWT that the provider signed; no lie until its header or its claims are. */
export function userinfoSigned(header: Members = {}, more: Members = {}): Lie {
  return {
    name: "userinfo-signed",
    userinfoToken: (claims, signer) =>
      signer.sign(
        { alg: signer.publicKey.alg, kid: signer.publicKey.kid, ...header },
        JSON.stringify({ ...claims, ...more }),
      ),
  };
}
