import { type HeaderList, valuesOf } from "../http-message.ts";

/** The nonce that an API wants in proofs from now on. @see RFC 9449 section 9 */
export function nonceIn(headers: HeaderList): { readonly dpopNonce?: string } {
  const [dpopNonce] = valuesOf(headers, "dpop-nonce");
  return dpopNonce === undefined ? {} : { dpopNonce };
}
