import { GUARD_HEADER, GUARD_HEADER_VALUE, USER_HEADER } from "@coatcheck/contract";
import { CoatcheckError } from "./coatcheck-error.ts";
import { readProblemAnswer } from "./problem-answer.ts";

export interface ApiFetchPorts {
  fetch: typeof fetch;
  now: () => number;
  /** The page's address (or the server's, outside of a page): relative URLs start here, other origins are refused. */
  baseUrl: () => string;
  /** The person for whom the page was rendered. */
  userKey: () => string | undefined;
  /** Hears how each call ended: `undefined` for an answer that isn't a problem of ours. */
  onAnswer: (problem: CoatcheckError | undefined) => void;
}

/**
 * A drop-in `fetch` for the page's own origin: same arguments, same `Response`, our two headers added.
 *
 * An API's own answer is returned untouched, whatever its status. A caller that names a person itself
 * (`X-Coatcheck-User`) keeps that name. An abort rejects with the signal's reason, as in `fetch`.
 *
 * @throws {CoatcheckError} `cross_origin` before anything is sent; `network` where nobody answered; a problem code.
 */
export function createApiFetch(ports: ApiFetchPorts): typeof fetch {
  return async (input, init) => {
    const base = ports.baseUrl();
    const target = typeof input === "object" && "headers" in input ? input : new URL(input, base);
    // What `fetch` itself does first, so that whatever it accepts means the same here.
    const request = new Request(target, init);
    if (new URL(request.url).origin !== new URL(base).origin) {
      throw new CoatcheckError("cross_origin", `apiFetch serves ${new URL(base).origin} only; use fetch.`);
    }
    request.headers.set(GUARD_HEADER, GUARD_HEADER_VALUE);
    const userKey = ports.userKey();
    if (userKey !== undefined && !request.headers.has(USER_HEADER)) request.headers.set(USER_HEADER, userKey);

    const response = await ports.fetch(request).catch((cause: unknown) => {
      if (request.signal.aborted) throw cause;
      throw report(new CoatcheckError("network", "The server can't be reached.", { cause }));
    });
    const problem = await readProblemAnswer(response, ports.now());
    if (problem) throw report(problem);
    ports.onAnswer(undefined);
    return response;
  };

  function report(problem: CoatcheckError): CoatcheckError {
    ports.onAnswer(problem);
    return problem;
  }
}
