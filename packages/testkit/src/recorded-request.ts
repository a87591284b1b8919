/** One request as it arrived, kept for assertions. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  /** The body as a form; empty where it isn't one. */
  readonly form: URLSearchParams;
}

/** Reads a copy; the request itself stays usable. */
export async function recordRequest(request: Request): Promise<RecordedRequest> {
  const body = request.body === null ? "" : await request.clone().text();
  const isForm =
    request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  return {
    method: request.method,
    url: new URL(request.url),
    headers: new Headers(request.headers),
    body,
    form: new URLSearchParams(isForm ? body : ""),
  };
}
