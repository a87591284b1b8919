import { hash } from "node:crypto";
import type { JsonObject, Mac, Sealer } from "@coatcheck/session";
import type { SuccessorCrypto, SuccessorLock } from "@coatcheck/tokens";

/** What was sealed into the ledger: who may open it, and the text. */
export interface SealedSuccessor {
  readonly lock: SuccessorLock;
  readonly text: string;
}

/**
 * Sealing without arithmetic: a sealed value is the number of an entry in a table, and opens only for whoever names the
 * same key. Synchronous, so that a seed replays exactly; and the witness can look into every cookie.
 */
export interface SimCrypto {
  readonly sealer: Sealer;
  readonly mac: Mac;
  readonly successors: SuccessorCrypto;
  /** What is sealed in a cookie's text, whoever asks. */
  lookIntoCookie(text: string): JsonObject | undefined;
  lookIntoSuccessor(sealed: string): SealedSuccessor | undefined;
  /** The session whose record has this key. */
  sidOfRecord(key: string): string | undefined;
  recordOfSession(sid: string): string | undefined;
  /** The name of the cookie that carries this session. */
  nameOfSession(sid: string): string;
}

/** Texts shorter than this are taken for junk before anything is computed. */
const MIN_SEAL_CHARACTERS = 120;
const RECORD_PREFIX = "record-of-";

/** `<version>.<key id>.<chunks>.<instant>.<tag>.<seal>` */
export function sealIn(cookieText: string): string {
  return cookieText.split(".").slice(5).join(".");
}

export function nameOfSession(sid: string): string {
  return `__Host-coatcheck-${hash("sha256", sid, "hex").slice(0, 8)}`;
}

export function createSimCrypto(): SimCrypto {
  const seals: { readonly value: JsonObject; readonly secret: string }[] = [];
  const successors: SealedSuccessor[] = [];

  function sealOf(sealed: string) {
    const number = /^seal(\d+)-+$/u.exec(sealed)?.[1];
    return number === undefined ? undefined : seals[Number(number)];
  }

  function successorOf(sealed: string): SealedSuccessor | undefined {
    return sealed.startsWith("next") ? successors[Number(sealed.slice(4))] : undefined;
  }

  function sign(key: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(hash("sha256", `${Buffer.from(key).toString("hex")}|${text}`, "buffer"));
  }

  return {
    sealer: {
      seal(value, secret) {
        seals.push({ value, secret });
        return `seal${seals.length - 1}`.padEnd(MIN_SEAL_CHARACTERS, "-");
      },
      unseal(sealed, secret) {
        const entry = sealOf(sealed);
        return entry?.secret === secret ? entry.value : undefined;
      },
    },
    mac: {
      digest: (text) => new Uint8Array(hash("sha256", text, "buffer")),
      derive: (key, purpose) => sign(key, `derive ${purpose}`),
      sign,
      verify: (key, tag, text) => Buffer.compare(sign(key, text), tag) === 0,
    },
    successors: {
      locate: (sid) => RECORD_PREFIX + sid,
      fingerprint: (label, parts) => `${label}:${parts.join("|")}`,
      seal(lock, text) {
        successors.push({ lock, text });
        return `next${successors.length - 1}`;
      },
      open(lock, sealed) {
        const entry = successorOf(sealed);
        if (entry === undefined) return undefined;
        const { refreshToken, sid, generation } = entry.lock;
        const fits = refreshToken === lock.refreshToken && sid === lock.sid && generation === lock.generation;
        return fits ? entry.text : undefined;
      },
    },
    lookIntoCookie: (text) => sealOf(sealIn(text))?.value,
    lookIntoSuccessor: successorOf,
    nameOfSession,
    recordOfSession: (sid) => RECORD_PREFIX + sid,
    sidOfRecord: (key) => (key.startsWith(RECORD_PREFIX) ? key.slice(RECORD_PREFIX.length) : undefined),
  };
}
