import type { IncomingHttpHeaders } from "node:http";

/** Whether a person is shown what is answered: a browser says so by Fetch Metadata; others by asking for HTML. */
export function isNavigation(headers: IncomingHttpHeaders): boolean {
  const mode = headers["sec-fetch-mode"];
  if (mode !== undefined)
    return mode === "navigate" && (headers["sec-fetch-dest"] ?? "document") === "document";
  return headers.accept?.includes("text/html") ?? false;
}
