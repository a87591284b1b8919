import type { UploadProgress } from "./upload.ts";

/**
 * A `fetch` that tells how much of the body has been sent, which the browser's own doesn't.
 *
 * The answer arrives whole; redirects are followed as an XMLHttpRequest follows them.
 */
export function createUploadFetch(onProgress: (progress: UploadProgress) => void): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = await request.blob();
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      const abort = () => xhr.abort();
      const fail = () =>
        reject((request.signal.reason as Error | undefined) ?? new TypeError("Failed to upload."));
      xhr.open(request.method, request.url);
      xhr.responseType = "blob";
      for (const [name, value] of request.headers) xhr.setRequestHeader(name, value);
      xhr.upload.addEventListener("progress", ({ loaded, total }) => onProgress({ sent: loaded, total }));
      xhr.addEventListener("load", () => resolve(toResponse(xhr)));
      xhr.addEventListener("error", fail);
      xhr.addEventListener("abort", fail);
      if (request.signal.aborted) return fail();
      request.signal.addEventListener("abort", abort);
      xhr.send(body);
    });
  };
}

function toResponse(xhr: XMLHttpRequest): Response {
  const lines = xhr.getAllResponseHeaders().trim().split("\r\n");
  const headers = lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  const { status, statusText } = xhr;
  // These have no body, not even an empty one. @see Fetch Standard, "null body status"
  const body = [204, 205, 304].includes(status) ? null : (xhr.response as Blob);
  return new Response(body, { status, statusText, headers });
}
