import { createWebCryptoMac } from "@coatcheck/session";
import type { Mac } from "@coatcheck/session";
import { createBoundedMap } from "./bounded-map.ts";

/** Short, one-way names for secrets and persons. */
export interface Fingerprints {
  /** Value of `X-Coatcheck-User`: 32 hex digits of SHA-256 over (`iss`, `sub`). The same on every machine and under every key. */
  userKey(iss: string, sub: string): Promise<string>;
  /** Four decimal digits, keyed by the session id itself; a new one at each sign-in. */
  ticket(sid: string): Promise<string>;
  /** What the ledger calls a pending sign-in: 43 characters of SHA-256 over its state. */
  signIn(state: string): Promise<string>;
  /** What the ledger calls a logout token: 43 characters of SHA-256 over its issuer and id. */
  logoutToken(iss: string, jti: string): Promise<string>;
  /** What stands in logs for a session; the keeper of tokens calls it the same. */
  session(sid: string): Promise<string>;
}

const LOG_ID_CHARS = 16;
const MAX_REMEMBERED = 5_000;
const encoder = new TextEncoder();

/** Creates fingerprints that remember the last few thousand answers, since every API call asks for one. */
export function createFingerprints(mac: Mac = createWebCryptoMac()): Fingerprints {
  const remembered = createBoundedMap<string, string>(MAX_REMEMBERED);
  const remember = async (key: string, make: () => Promise<string>): Promise<string> => {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    // The answer is remembered and not the promise of it: a failure is tried again at the next call.
    const made = await make();
    remembered.set(key, made);
    return made;
  };
  return {
    userKey: (iss, sub) =>
      remember(`u ${iss} ${sub}`, async () => hex(await mac.digest(JSON.stringify([iss, sub])), 16)),
    session: (sid) =>
      remember(`s ${sid}`, async () =>
        base64url(await mac.digest(JSON.stringify(["coatcheck", "log", sid]))).slice(0, LOG_ID_CHARS),
      ),
    signIn: async (state) => base64url(await mac.digest(JSON.stringify(["coatcheck", "sign-in", state]))),
    logoutToken: async (iss, jti) =>
      base64url(await mac.digest(JSON.stringify(["coatcheck", "logout-token", iss, jti]))),
    ticket: (sid) =>
      remember(`t ${sid}`, async () => decimal(await mac.sign(encoder.encode(sid), "coatcheck ticket"))),
  };
}

function hex(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function decimal(bytes: Uint8Array): string {
  const number = new DataView(bytes.buffer).getUint32(0);
  return String(number % 10_000).padStart(4, "0");
}
