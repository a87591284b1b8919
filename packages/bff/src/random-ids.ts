import { uint8ArrayToHex } from "uint8array-extras";

const ID_DIGITS = 16;
/** Random bytes drawn at once: asking the platform costs more than making them. */
const PAGE_BYTES = 4096;

/** Makes ids of 16 hex digits: those of requests, and of traces that are left out. */
export function createRandomIds(randomBytes: (count: number) => Uint8Array): () => string {
  let page = "";
  let used = 0;
  return () => {
    if (used === page.length) {
      page = uint8ArrayToHex(randomBytes(PAGE_BYTES));
      used = 0;
    }
    used += ID_DIGITS;
    return page.slice(used - ID_DIGITS, used);
  };
}
