import { uint8ArrayToHex } from "uint8array-extras";

const REQUEST_ID_BYTES = 8;

/** Makes the ids by which log lines, answers and API calls of one request find each other: 16 hex digits. */
export function createRequestIds(randomBytes: (count: number) => Uint8Array): () => string {
  return () => uint8ArrayToHex(randomBytes(REQUEST_ID_BYTES));
}
