import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import type { SuccessorCrypto, SuccessorLock } from "../src/successor-crypto.ts";

/** The real algorithms without waiting, so that a test decides alone what happens when. */
export function createSynchronousCrypto(): SuccessorCrypto {
  function keyOf({ refreshToken, sid, generation }: SuccessorLock): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", refreshToken, sid, `seal${generation}`, 32));
  }
  return {
    locate: (sid) => Buffer.from(hkdfSync("sha256", sid, "", "locate", 32)).toString("base64url"),
    fingerprint: (label, parts) =>
      createHash("sha256")
        .update(JSON.stringify(["coatcheck", label, ...parts]))
        .digest("base64url"),
    seal(lock, text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", keyOf(lock), nonce);
      return Buffer.concat([
        nonce,
        cipher.update(text, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]).toString("base64url");
    },
    open(lock, sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", keyOf(lock), bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(-16));
      try {
        return decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
      } catch {
        // Another key: an answer, as with the real one.
        return undefined;
      }
    },
  };
}
