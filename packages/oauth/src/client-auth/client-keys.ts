import { base64url } from "jose";
import type { JWK } from "jose";
import { isJsonObject, parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";

/** With what a client's own keys sign, best known first. @see RFC 7518 section 3.1, RFC 8037 section 3.1 */
export const CLIENT_KEY_ALGORITHMS = ["PS256", "ES256", "EdDSA"] as const;
export type ClientKeyAlgorithm = (typeof CLIENT_KEY_ALGORITHMS)[number];

/** One private key of this client, checked as far as can be seen without using it. */
export interface ClientPrivateKey {
  readonly alg: ClientKeyAlgorithm;
  /** Absent: its thumbprint stands for it (RFC 7638). */
  readonly kid?: string;
  readonly jwk: JWK;
}

export interface ParsedClientKeys {
  /** The first signs; all are published. */
  readonly keys: readonly ClientPrivateKey[];
  /** Each names a key by its place, and never a value of it. */
  readonly problems: readonly string[];
}

interface Kind {
  readonly alg: ClientKeyAlgorithm;
  readonly kty: string;
  readonly crv?: string;
  /** Base64url members, the private ones included. */
  readonly members: readonly string[];
}

const KINDS: readonly Kind[] = [
  { alg: "PS256", kty: "RSA", members: ["n", "e", "d", "p", "q", "dp", "dq", "qi"] },
  { alg: "ES256", kty: "EC", crv: "P-256", members: ["x", "y", "d"] },
  { alg: "EdDSA", kty: "OKP", crv: "Ed25519", members: ["x", "d"] },
];
const MIN_RSA_BITS = 2_048;
const CURVE_BYTES = 32;
const MAX_KEYS = 10;

export const CLIENT_KEYS_FIX =
  'write a private JWK Set ({"keys":[...]}) with keys for PS256, ES256 or EdDSA: coatcheck keygen client makes one';

/** Reads a private JWK Set, or one private JWK, from its JSON text. Pure, and uses no key. @see RFC 7517 section 5 */
export function parseClientKeys(text: string): ParsedClientKeys {
  const document = parseJsonObject(text);
  const listed = document?.["keys"] ?? (document?.["kty"] === undefined ? undefined : [document]);
  if (!Array.isArray(listed) || listed.length === 0) return { keys: [], problems: [`${CLIENT_KEYS_FIX}.`] };
  if (listed.length > MAX_KEYS) return { keys: [], problems: [`keep at most ${MAX_KEYS} keys.`] };
  const keys: ClientPrivateKey[] = [];
  const problems: string[] = [];
  for (const [index, raw] of listed.entries()) {
    const read = isJsonObject(raw) ? readKey(raw) : "is no JWK: write a JSON object";
    const place = `key ${index + 1} of ${listed.length}`;
    if (typeof read === "string") problems.push(`${place} ${read}.`);
    else if (read.kid !== undefined && keys.some(({ kid }) => kid === read.kid))
      problems.push(`${place} has the kid of another one: give each its own.`);
    else keys.push(read);
  }
  return { keys, problems };
}

/** @returns the key, or what is wrong with it and what to do */
function readKey(raw: JsonObject): ClientPrivateKey | string {
  const { kty, crv, alg, use, kid, key_ops: operations } = raw;
  const kind = KINDS.find((one) => one.kty === kty && one.crv === crv);
  if (kty === "oct") return "is a shared secret: use client_secret_jwt for one, or make a key pair";
  if (kind === undefined) return `can't sign here: use one of RSA, EC with P-256, OKP with Ed25519`;
  const allowed: readonly unknown[] = kind.alg === "EdDSA" ? ["EdDSA", "Ed25519"] : [kind.alg];
  if (alg !== undefined && !allowed.includes(alg))
    return `is for an algorithm that isn't offered: use ${CLIENT_KEY_ALGORITHMS.join(", ")}`;
  if (use !== undefined && use !== "sig") return 'isn\'t for signing: remove "use", or write "sig"';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("sign")))
    return 'isn\'t for signing: remove "key_ops", or write ["sign"]';
  if (kid !== undefined && (typeof kid !== "string" || kid === ""))
    return "has a kid that is no text: correct it";
  if (raw["d"] === undefined) return "is a public key: write the private one";
  const bytes = new Map(kind.members.map((name) => [name, decode(raw[name])]));
  const broken = kind.members.filter((name) => bytes.get(name) === undefined);
  if (broken.length > 0)
    return `lacks ${broken.join(", ")}, or has it in another form than base64url: write it whole`;
  const isShort =
    kind.kty === "RSA"
      ? bitLength(bytes.get("n")) < MIN_RSA_BITS
      : kind.members.some((name) => bytes.get(name)?.length !== CURVE_BYTES);
  if (isShort)
    return kind.kty === "RSA"
      ? `is too weak: an RSA key needs ${MIN_RSA_BITS} bits or more`
      : `is broken: each member has ${CURVE_BYTES} bytes`;
  const members = Object.fromEntries(kind.members.map((name) => [name, raw[name]]));
  const curve = kind.crv === undefined ? {} : { crv: kind.crv };
  return {
    alg: kind.alg,
    ...(kid === undefined ? {} : { kid }),
    jwk: { kty: kind.kty, ...curve, ...members },
  };
}

function decode(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string" || !/^[\w-]+$/.test(value)) return undefined;
  try {
    return base64url.decode(value);
  } catch {
    // What it should be is said by whoever asked.
    return undefined;
  }
}

function bitLength(bytes: Uint8Array = new Uint8Array()): number {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? 0 : (bytes.length - start) * 8 - (Math.clz32(bytes[start] ?? 0) - 24);
}
