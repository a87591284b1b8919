import { BFF_PATHS } from "@coatcheck/contract";

/** Calls that use the access token, and so may renew it. */
const USES_TOKEN = [BFF_PATHS.userinfo, BFF_PATHS.refresh, BFF_PATHS.validate, "/api/"];

export type Calls = { underWay: number; ended: number };

/** Counts the calls that may renew the token, so that the ticket knows when to look for a new coat. */
export interface CallWatch {
  fetch: typeof fetch;
  get: () => Calls;
  subscribe: (listener: () => void) => () => void;
}

export function createCallWatch(fetch: typeof globalThis.fetch): CallWatch {
  const listeners = new Set<() => void>();
  let calls: Calls = { underWay: 0, ended: 0 };

  function show(next: Calls): void {
    calls = next;
    for (const listener of listeners) listener();
  }

  return {
    async fetch(input, init) {
      if (!usesToken(input)) return fetch(input, init);
      show({ ...calls, underWay: calls.underWay + 1 });
      try {
        return await fetch(input, init);
      } finally {
        show({ underWay: calls.underWay - 1, ended: calls.ended + 1 });
      }
    },
    get: () => calls,
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
