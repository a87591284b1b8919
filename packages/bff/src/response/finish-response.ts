import { SESSION_HEADER } from "@coatcheck/contract";
import type { HeaderList } from "@coatcheck/proxy";
import { placesWithBasePath } from "./base-path.ts";
import type { BffResponse } from "./bff-response.ts";
import { securityHeaders } from "./security-headers.ts";
import type { SiteOptions } from "./security-headers.ts";

/** What an answer gets on its way out, beside what is in it. */
export interface FinishFacts {
  readonly requestId: string;
  /** Whole Set-Cookie values. */
  readonly setCookie?: readonly string[];
  /** What the page is told of the session: `writeSessionHeader`. */
  readonly session?: string;
}

/** Adds what every answer of the BFF carries. `api`: what an API said, `data`: our own. */
export type FinishResponse = (response: BffResponse, kind: "api" | "data", facts: FinishFacts) => BffResponse;

export function createFinishResponse(site: SiteOptions): FinishResponse {
  const { basePath = "" } = site;
  const protection = {
    api: securityHeaders("api", site),
    data: securityHeaders("data", site),
  };
  return (response, kind, { requestId, setCookie = [], session }) => {
    const present = placesWithBasePath(basePath, response.headers);
    // Without this, a cache that an API allows to keep its answer would hand out one person's cookie to the next (S-120).
    const headers: HeaderList[number][] =
      setCookie.length === 0
        ? [...present]
        : [...present.filter(([name]) => name !== "cache-control"), ["cache-control", "no-store"]];
    for (const pair of protection[kind]) if (!present.some(([name]) => name === pair[0])) headers.push(pair);
    headers.push(["x-request-id", requestId]);
    if (session !== undefined) headers.push([SESSION_HEADER, session]);
    for (const value of setCookie) headers.push(["set-cookie", value]);
    return { status: response.status, headers, body: response.body };
  };
}
