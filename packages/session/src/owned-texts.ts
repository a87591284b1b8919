import type { Opening, Place, SealedTexts } from "./sealed-text.ts";
import type { JsonObject } from "./sealer.ts";

/** Whose keys a text was sealed with: `""`, or a name of `SessionConfig.owners`. */
export type Owner = string;

/** Sealed texts of several owners: each owner's keys are its own, so that a text tells by itself whose it is. */
export interface OwnedTexts {
  seal(owner: Owner, ...text: Parameters<SealedTexts["seal"]>): Promise<string>;
  open(
    place: Place,
    text: string,
    chunkCount: number,
  ): Promise<
    | {
        readonly kind: "opened";
        readonly value: JsonObject;
        readonly sealedAt: number;
        readonly owner: Owner;
      }
    | Exclude<Opening, { readonly kind: "opened" }>
  >;
}

/** @param byOwner asked in this order */
export function createOwnedTexts(byOwner: ReadonlyMap<Owner, SealedTexts>): OwnedTexts {
  return {
    async seal(owner, ...text) {
      const texts = byOwner.get(owner);
      if (texts === undefined) throw new TypeError("a text is sealed for an owner that has keys");
      return texts.seal(...text);
    },
    async open(place, text, chunkCount) {
      for (const [owner, texts] of byOwner) {
        const opening = await texts.open(place, text, chunkCount);
        if (opening.kind === "opened") return { ...opening, owner };
        if (opening.kind === "broken") return opening;
      }
      // Sealed with keys of none of them.
      return { kind: "unreadable" };
    },
  };
}
