import { createWebCryptoMac } from "@coatcheck/session";
import type { Mac } from "@coatcheck/session";
import QuickLRU from "quick-lru";
import { stringToUint8Array, uint8ArrayToBase64, uint8ArrayToHex } from "uint8array-extras";

/** Short, one-way names for secrets and persons: at once where they were made before. */
export interface Fingerprints {
  /** Value of `X-Coatcheck-User`: 32 hex digits of SHA-256 over (`iss`, `sub`). The same on every machine and under every key. */
  userKey(iss: string, sub: string): string | Promise<string>;
  /** Four decimal digits, keyed by the session id itself; a new one at each sign-in. */
  ticket(sid: string): string | Promise<string>;
  /** What the ledger calls a pending sign-in: 43 characters of SHA-256 over its state. */
  signIn(state: string): Promise<string>;
  /** What the ledger calls a logout token: 43 characters of SHA-256 over its issuer and id. */
  logoutToken(iss: string, jti: string): Promise<string>;
  /** What stands in logs for a session; the keeper of tokens calls it the same. */
  session(sid: string): string | Promise<string>;
}

const LOG_ID_CHARS = 16;
const USER_KEY_CHARS = 32;
const MAX_REMEMBERED = 5_000;

/** Creates fingerprints that remember the last few thousand answers, since every API call asks for one. */
export function createFingerprints(mac: Mac = createWebCryptoMac()): Fingerprints {
  const remembered = new QuickLRU<string, string | Promise<string>>({ maxSize: MAX_REMEMBERED });

  function remember(key: string, make: () => Promise<string>): string | Promise<string> {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const making = make();
    remembered.set(key, making);
    making.then(
      (made) => remembered.set(key, made),
      // It is tried again at the next call.
      () => remembered.delete(key),
    );
    return making;
  }

  async function digest(...parts: readonly string[]): Promise<string> {
    return uint8ArrayToBase64(await mac.digest(JSON.stringify(parts)), { urlSafe: true });
  }

  return {
    userKey: (iss, sub) =>
      remember(`u ${iss} ${sub}`, async () =>
        uint8ArrayToHex(await mac.digest(JSON.stringify([iss, sub]))).slice(0, USER_KEY_CHARS),
      ),
    session: (sid) =>
      remember(`s ${sid}`, async () => (await digest("coatcheck", "log", sid)).slice(0, LOG_ID_CHARS)),
    signIn: (state) => digest("coatcheck", "sign-in", state),
    logoutToken: (iss, jti) => digest("coatcheck", "logout-token", iss, jti),
    ticket: (sid) =>
      remember(`t ${sid}`, async () => {
        const tag = await mac.sign(stringToUint8Array(sid), "coatcheck ticket");
        return String(new DataView(tag.buffer).getUint32(0) % 10_000).padStart(4, "0");
      }),
  };
}
