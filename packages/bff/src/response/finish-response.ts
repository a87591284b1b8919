import { SESSION_HEADER } from "@coatcheck/contract";
import type { HeaderList } from "@coatcheck/proxy";
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
  const protection = {
    api: securityHeaders("api", site),
    data: securityHeaders("data", site),
  };
  return (response, kind, { requestId, setCookie = [], session }) => {
    // Without this, a cache that an API allows to keep its answer would hand out one person's cookie to the next (S-120).
    const headers: HeaderList =
      setCookie.length === 0
        ? response.headers
        : [...response.headers.filter(([name]) => name !== "cache-control"), ["cache-control", "no-store"]];
    const present = new Set(headers.map(([name]) => name));
    return {
      status: response.status,
      headers: [
        ...headers,
        ...protection[kind].filter(([name]) => !present.has(name)),
        ["x-request-id", requestId],
        ...(session === undefined ? [] : [[SESSION_HEADER, session] as const]),
        ...setCookie.map((value) => ["set-cookie", value] as const),
      ],
      body: response.body,
    };
  };
}
