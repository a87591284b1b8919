import { uint8ArrayToHex } from "uint8array-extras";
import { type Bytes, encodeBase64url } from "./base64url.ts";
import type { Eventually, Mac } from "./mac.ts";

/** What a sealed value is for; each purpose has keys of its own, so that none passes for another. */
export type Purpose = "session" | "transaction" | "logout";

/** The keys of one purpose. */
export interface PurposeKeys {
  /** Fingerprint of the configured key: 8 hex digits. Never a position, since the list changes. */
  readonly keyId: string;
  readonly sealSecret: string;
  readonly tagKey: Bytes;
}

/** Derived keys: the first configured one seals, all open. */
export interface KeyRing {
  sealing(purpose: Purpose): Promise<PurposeKeys>;
  find(purpose: Purpose, keyId: string): Promise<PurposeKeys | undefined>;
}

const PURPOSES: readonly Purpose[] = ["session", "transaction", "logout"];

type DerivedKey = Readonly<Record<Purpose, PurposeKeys>>;

async function deriveKey(mac: Mac, key: Bytes, boundTo: string): Promise<DerivedKey> {
  const derive = (purpose: string): Eventually<Bytes> =>
    mac.derive(key, boundTo === "" ? purpose : `${purpose} for ${boundTo}`);
  const keyId = uint8ArrayToHex((await derive("key id")).subarray(0, 4));
  const entries: [Purpose, PurposeKeys][] = [];
  for (const purpose of PURPOSES) {
    const sealSecret = encodeBase64url(await derive(`seal ${purpose}`));
    entries.push([purpose, { keyId, sealSecret, tagKey: await derive(`tag ${purpose}`) }]);
  }
  return Object.fromEntries(entries) as DerivedKey;
}

/**
 * Derives the keys of all purposes at first use, once.
 *
 * @param boundTo What the keys are derived for, beside their purpose; another one has other keys and other key ids.
 */
export function createKeyRing(keys: readonly Bytes[], mac: Mac, boundTo = ""): KeyRing {
  let deriving: Promise<readonly DerivedKey[]> | undefined;
  const derived = (): Promise<readonly DerivedKey[]> => {
    deriving ??= Promise.all(keys.map((key) => deriveKey(mac, key, boundTo))).catch((error: unknown) => {
      // Without this, one failure of the platform's cryptography would close every cookie until the process restarts.
      deriving = undefined;
      throw error;
    });
    return deriving;
  };
  return {
    sealing: async (purpose) => {
      const [first] = await derived();
      if (first === undefined) throw new TypeError("a key ring needs a key");
      return first[purpose];
    },
    find: async (purpose, keyId) => (await derived()).find((key) => key[purpose].keyId === keyId)?.[purpose],
  };
}
