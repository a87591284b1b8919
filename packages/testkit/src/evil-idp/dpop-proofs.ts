import { base64url, calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import type { RecordedRequest } from "../recorded-request.ts";

/** - `none`: proofs go without.
 *  - `once`: every answer brings another one, and each is good for one call.
 *  - `latest`: only the one of the very last answer is good, whoever it went to.
 *  - `never-settles`: none is ever good. */
export type DpopNonces = "none" | "once" | "latest" | "never-settles";

export type DpopVerdict =
  /** No proof at all. */
  | { readonly kind: "absent" }
  | { readonly kind: "proven"; readonly jkt: string }
  | { readonly kind: "nonce_wanted" }
  | { readonly kind: "invalid" };

/** What a server knows of the proofs that it was shown. @see RFC 9449 section 4.3 */
export interface DpopProofs {
  /** Judges the proof of a request; each counts once. @param accessToken the one that goes with it */
  judge(request: RecordedRequest, accessToken?: string): Promise<DpopVerdict>;
  /** For the next answer; `undefined`: this server wants none. */
  nextNonce(): string | undefined;
}

const MAX_AGE_SECONDS = 60;

export function createDpopProofs(options: {
  readonly nonces: DpopNonces;
  readonly nowMs: () => number;
}): DpopProofs {
  const usedIds = new Set<string>();
  const handedOut = new Set<string>();
  const proofs: DpopProofs = {
    async judge({ headers, method, url }, accessToken) {
      const proof = headers.get("dpop");
      if (proof === null) return { kind: "absent" };
      try {
        const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
          typ: "dpop+jwt",
          algorithms: ["ES256"],
          currentDate: new Date(options.nowMs()),
        });
        const { jti, iat = 0, htm, htu, ath, nonce } = payload;
        const isFresh = typeof jti === "string" && !usedIds.has(jti);
        if (!isFresh || htm !== method || htu !== url.origin + url.pathname) return { kind: "invalid" };
        usedIds.add(jti);
        if (Math.abs(iat - options.nowMs() / 1_000) > MAX_AGE_SECONDS) return { kind: "invalid" };
        if (ath !== (accessToken === undefined ? undefined : await sha256(accessToken)))
          return { kind: "invalid" };
        if (options.nonces !== "none" && !handedOut.delete(String(nonce))) return { kind: "nonce_wanted" };
        return { kind: "proven", jkt: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) };
      } catch {
        // Whatever it is, it proves nothing.
        return { kind: "invalid" };
      }
    },
    nextNonce() {
      if (options.nonces === "none") return undefined;
      const nonce = base64url.encode(crypto.getRandomValues(new Uint8Array(12)));
      if (options.nonces === "latest") handedOut.clear();
      if (options.nonces !== "never-settles") handedOut.add(nonce);
      return nonce;
    },
  };
  return proofs;
}

async function sha256(text: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
}
