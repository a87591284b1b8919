const REQUEST_ID_BYTES = 8;

/** Makes the ids by which log lines, answers and API calls of one request find each other: 16 hex digits. */
export function createRequestIds(randomBytes: (count: number) => Uint8Array): () => string {
  return () =>
    Array.from(randomBytes(REQUEST_ID_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
