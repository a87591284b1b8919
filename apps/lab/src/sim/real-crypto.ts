import {
  createIronSealer,
  createWebCryptoMac,
  type JsonObject,
  type Mac,
  type Sealer,
} from "@coatcheck/session";
import { createWebSuccessorCrypto, type SuccessorCrypto } from "@coatcheck/tokens";
import type { Random } from "./random.ts";
import { nameOfSession, sealIn, type SealedSuccessor, type SimCrypto } from "./sim-crypto.ts";

/** The production's own sealing, key derivation and encryption, with a note of what was sealed for the witness. */
export interface RealCrypto extends SimCrypto {
  /** Waits for all work on other threads, and for what follows from it. */
  settle(): Promise<void>;
}

export function createRealCrypto(random: Random): RealCrypto {
  const seals = new Map<string, JsonObject>();
  const successors = new Map<string, SealedSuccessor>();
  const sids = new Map<string, string>();
  const records = new Map<string, string>();
  const iron = createIronSealer();
  const mac = createWebCryptoMac();
  const web = createWebSuccessorCrypto((count) => random.bytes(count));
  let underWay = 0;

  async function watch<T>(work: T | Promise<T>): Promise<T> {
    underWay += 1;
    try {
      return await work;
    } finally {
      underWay -= 1;
    }
  }

  const sealer: Sealer = {
    async seal(value, secret, ttlSeconds) {
      const sealed = await watch(iron.seal(value, secret, ttlSeconds));
      seals.set(sealed, value);
      return sealed;
    },
    unseal: (sealed, secret) => watch(iron.unseal(sealed, secret)),
  };
  const watchedMac: Mac = {
    digest: (text) => watch(mac.digest(text)),
    derive: (key, purpose) => watch(mac.derive(key, purpose)),
    sign: (key, text) => watch(mac.sign(key, text)),
    verify: (key, tag, text) => watch(mac.verify(key, tag, text)),
  };
  const watchedSuccessors: SuccessorCrypto = {
    async locate(sid) {
      const key = await watch(web.locate(sid));
      sids.set(key, sid);
      records.set(sid, key);
      return key;
    },
    // The witness knows people by their names; nothing is hidden by this one.
    fingerprint: (label, parts) => `${label}:${parts.join("|")}`,
    async seal(lock, text) {
      const sealed = await watch(web.seal(lock, text));
      successors.set(sealed, { lock, text });
      return sealed;
    },
    open: (lock, sealed) => watch(web.open(lock, sealed)),
  };

  return {
    sealer,
    mac: watchedMac,
    successors: watchedSuccessors,
    lookIntoCookie: (text) => seals.get(sealIn(text)),
    lookIntoSuccessor: (sealed) => successors.get(sealed),
    sidOfRecord: (key) => sids.get(key),
    recordOfSession: (sid) => records.get(sid),
    nameOfSession,
    async settle() {
      for (;;) {
        await new Promise((resolve) => void setImmediate(resolve));
        if (underWay === 0) return;
      }
    },
  };
}
