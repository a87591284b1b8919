/** Random bytes drawn at once: asking the platform costs more than making them. */
const PAGE_BYTES = 4096;
const ID_DIGITS = 16;
const DIGITS = "0123456789abcdef";

/** Makes the ids by which log lines, answers and API calls of one request find each other: 16 hex digits. */
export function createRequestIds(randomBytes: (count: number) => Uint8Array): () => string {
  let page = new DataView(new ArrayBuffer(0));
  let used = 0;
  return () => {
    if (used === page.byteLength) {
      page = toDigits(randomBytes(PAGE_BYTES));
      used = 0;
    }
    const at = used;
    used += ID_DIGITS;
    // A text that is whole from the start. What is cut out of a longer one, or put together, is copied again by whoever writes it.
    return String.fromCharCode(
      page.getUint8(at),
      page.getUint8(at + 1),
      page.getUint8(at + 2),
      page.getUint8(at + 3),
      page.getUint8(at + 4),
      page.getUint8(at + 5),
      page.getUint8(at + 6),
      page.getUint8(at + 7),
      page.getUint8(at + 8),
      page.getUint8(at + 9),
      page.getUint8(at + 10),
      page.getUint8(at + 11),
      page.getUint8(at + 12),
      page.getUint8(at + 13),
      page.getUint8(at + 14),
      page.getUint8(at + 15),
    );
  };
}

/** Character codes of the hex digits, two a byte. */
function toDigits(bytes: Uint8Array): DataView<ArrayBuffer> {
  const digits = new DataView(new ArrayBuffer(2 * bytes.length));
  for (const [index, byte] of bytes.entries()) {
    digits.setUint8(2 * index, DIGITS.charCodeAt(byte >> 4));
    digits.setUint8(2 * index + 1, DIGITS.charCodeAt(byte & 15));
  }
  return digits;
}
