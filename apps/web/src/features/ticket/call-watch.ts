import { BFF_PATHS } from "@coatcheck/contract";

/** Calls that use the access token, and so may renew it. */
const USES_TOKEN = [BFF_PATHS.userinfo, BFF_PATHS.refresh, BFF_PATHS.validate, "/api/"];

/** Counts the calls under way that may renew the token, so that the ticket shows it while it happens. */
export interface CallWatch {
  fetch: typeof fetch;
  underWay: () => number;
  subscribe: (listener: () => void) => () => void;
}

export function createCallWatch(fetch: typeof globalThis.fetch): CallWatch {
  const listeners = new Set<() => void>();
  let underWay = 0;

  function count(by: 1 | -1): void {
    underWay += by;
    for (const listener of listeners) listener();
  }

  return {
    async fetch(input, init) {
      if (!usesToken(input)) return fetch(input, init);
      count(1);
      try {
        return await fetch(input, init);
      } finally {
        count(-1);
      }
    },
    underWay: () => underWay,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function usesToken(input: RequestInfo | URL): boolean {
  const url = typeof input === "object" && "url" in input ? input.url : String(input);
  const { pathname } = new URL(url, "http://relative.invalid");
  return USES_TOKEN.some((path) => pathname.startsWith(path));
}
