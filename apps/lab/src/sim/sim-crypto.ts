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

/** 32 bytes that differ for different texts, as far as nobody tries: two hashes of 32 bits, cheap enough for every event. */
function scramble(text: string): Uint8Array<ArrayBuffer> {
  let a = 0x81_1c_9d_c5;
  let b = 0x01_23_45_67;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01_00_01_93);
    b = Math.imul(b ^ code, 0x85_eb_ca_6b) ^ (b >>> 13);
  }
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 8; word += 1)
    view.setInt32(word * 4, Math.imul(a + word, 0x9e_37_79_b1) ^ (b >>> word));
  return bytes;
}

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

  const keyNames = new WeakMap<Uint8Array, string>();
  function nameOfKey(key: Uint8Array): string {
    const known = keyNames.get(key);
    if (known !== undefined) return known;
    const name = Buffer.from(key).toString("hex");
    keyNames.set(key, name);
    return name;
  }
  const sign = (key: Uint8Array, text: string): Uint8Array<ArrayBuffer> => scramble(nameOfKey(key) + text);

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
        const { refreshToken, sid, generation, content } = entry.lock;
        const isSameGrant =
          refreshToken === lock.refreshToken && sid === lock.sid && generation === lock.generation;
        return isSameGrant && content === lock.content ? entry.text : undefined;
      },
    },
    lookIntoCookie: (text) => sealOf(sealIn(text))?.value,
    lookIntoSuccessor: successorOf,
    nameOfSession,
    recordOfSession: (sid) => RECORD_PREFIX + sid,
    sidOfRecord: (key) => (key.startsWith(RECORD_PREFIX) ? key.slice(RECORD_PREFIX.length) : undefined),
  };
}
