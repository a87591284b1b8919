import { uint8ArrayToHex } from "uint8array-extras";

const REQUEST_ID_DIGITS = 16;
/** Random bytes drawn at once: asking the platform costs more than making them. */
const PAGE_BYTES = 4096;

/** Makes the ids by which log lines, answers and API calls of one request find each other: 16 hex digits. */
export function createRequestIds(randomBytes: (count: number) => Uint8Array): () => string {
  let page = "";
  let used = 0;
  return () => {
    if (used === page.length) {
      page = uint8ArrayToHex(randomBytes(PAGE_BYTES));
      used = 0;
    }
    used += REQUEST_ID_DIGITS;
    return page.slice(used - REQUEST_ID_DIGITS, used);
  };
}
