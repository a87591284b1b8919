import { type Bytes, decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { KeyRing, Purpose } from "./key-ring.ts";
import type { Mac } from "./mac.ts";
import type { JsonObject, Sealer } from "./sealer.ts";

/** The version of the format that this code writes. */
const VERSION = 1;
/** 5,000 sealed bytes fit in two; a third leaves room for a longer name. */
export const MAX_CHUNKS = 3;

/** What a sealed text belongs to: it opens in no other place. */
export interface Place {
  readonly purpose: Purpose;
  readonly name: string;
  /** Anything else that it is bound to; a transaction's whole state hash. */
  readonly context: string;
}

/** The readable head of a sealed text; nothing in it is trusted before the tag is checked. */
export interface SealedHead {
  readonly keyId: string;
  readonly chunkCount: number;
  /** Milliseconds since the epoch. */
  readonly sealedAt: number;
}

export type Opening =
  | { readonly kind: "opened"; readonly value: JsonObject; readonly sealedAt: number }
  /** Unknown key id or newer version: another instance may know it. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "broken" };

/** Seals and opens the text of our cookies: a keyed tag around a seal. */
export interface SealedTexts {
  /** @param chooseChunkCount Called with the length of the text. */
  seal(
    place: Place,
    value: JsonObject,
    ttlSeconds: number,
    chooseChunkCount: (length: number) => number,
  ): Promise<string>;
  open(place: Place, text: string, chunkCount: number): Promise<Opening>;
}

/** `1.<key id>.<chunk count>.<sealed at, base 36>.<tag>.<seal>` */
const HEAD = /^1\.([0-9a-f]{8})\.([1-9])\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{43})\./u;
const NEWER = /^(?:[2-9]|[1-9][0-9]{1,3})\./u;
const MAX_HEAD_LENGTH = 80;
/** No seal is shorter: junk costs this comparison and no arithmetic. */
const MIN_LENGTH = 100;
const MAX_LENGTH = 3 * 4096;

interface ParsedText extends SealedHead {
  readonly sealedAtText: string;
  readonly tag: Bytes;
  readonly seal: string;
}

function parseSealedText(text: string): ParsedText | undefined {
  const match = HEAD.exec(text.slice(0, MAX_HEAD_LENGTH));
  if (match === null) return undefined;
  const [head, keyId = "", chunkCount = "", sealedAtText = "", tagText = ""] = match;
  const tag = decodeBase64url(tagText);
  if (tag === undefined || Number(chunkCount) > MAX_CHUNKS) return undefined;
  return {
    keyId,
    chunkCount: Number(chunkCount),
    sealedAt: Number.parseInt(sealedAtText, 36),
    sealedAtText,
    tag,
    seal: text.slice(head.length),
  };
}

/** Reads the head of a sealed text without trusting it; `undefined` if it isn't one of this version. */
export function readSealedHead(text: string): SealedHead | undefined {
  return parseSealedText(text);
}

/** A text of a later version of the format than this code knows. */
export function isNewerText(text: string): boolean {
  return NEWER.test(text.slice(0, MAX_HEAD_LENGTH));
}

function tagInput(
  place: Place,
  keyId: string,
  chunkCount: number,
  sealedAtText: string,
  seal: string,
): string {
  return [VERSION, place.purpose, place.name, place.context, keyId, chunkCount, sealedAtText, seal].join(
    "\n",
  );
}

export function createSealedTexts(
  ring: KeyRing,
  ports: { readonly mac: Mac; readonly sealer: Sealer; readonly nowMs: () => number },
): SealedTexts {
  return {
    seal: async (place, value, ttlSeconds, chooseChunkCount) => {
      const keys = await ring.sealing(place.purpose);
      const sealedAtText = ports.nowMs().toString(36);
      const seal = await ports.sealer.seal(value, keys.sealSecret, ttlSeconds);
      const format = (chunkCount: number, tag: string): string =>
        `${VERSION}.${keys.keyId}.${chunkCount}.${sealedAtText}.${tag}.${seal}`;
      const chunkCount = chooseChunkCount(format(1, "x".repeat(43)).length);
      const tag = await ports.mac.sign(
        keys.tagKey,
        tagInput(place, keys.keyId, chunkCount, sealedAtText, seal),
      );
      return format(chunkCount, encodeBase64url(tag));
    },
    open: async (place, text, chunkCount) => {
      if (isNewerText(text)) return { kind: "unreadable" };
      if (text.length < MIN_LENGTH || text.length > MAX_LENGTH) return { kind: "broken" };
      const parsed = parseSealedText(text);
      if (parsed === undefined || parsed.chunkCount !== chunkCount) return { kind: "broken" };
      const keys = await ring.find(place.purpose, parsed.keyId);
      if (keys === undefined) return { kind: "unreadable" };
      const input = tagInput(place, parsed.keyId, chunkCount, parsed.sealedAtText, parsed.seal);
      if (!(await ports.mac.verify(keys.tagKey, parsed.tag, input))) return { kind: "broken" };
      const value = await ports.sealer.unseal(parsed.seal, keys.sealSecret);
      return value === undefined ? { kind: "broken" } : { kind: "opened", value, sealedAt: parsed.sealedAt };
    },
  };
}
