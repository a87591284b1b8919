import type { CoatcheckClient } from "../client.ts";
import { createUploadFetch } from "./upload-fetch.ts";

/** How far an upload is; `total` is the body's size in bytes. */
export interface UploadProgress {
  sent: number;
  total: number;
}

/**
 * `apiFetch` that tells how much of the body has been sent. The answer arrives whole; everything else is the same, waiting
 * for a sign-in included: the body is then sent anew.
 */
export function createUpload(client: Pick<CoatcheckClient, "apiFetchOver">) {
  return (
    input: RequestInfo | URL,
    init: RequestInit,
    onProgress: (progress: UploadProgress) => void,
  ): Promise<Response> => client.apiFetchOver(createUploadFetch(onProgress))(input, init);
}
