import {
  GUARD_HEADER,
  GUARD_HEADER_VALUE,
  IDLE_HEADER,
  parseSessionHeader,
  SESSION_HEADER,
  USER_HEADER,
  type SessionGlimpse,
} from "@coatcheck/contract";
import { CoatcheckError, type CoatcheckErrorCode } from "./coatcheck-error.ts";
import { readProblemAnswer } from "./problem-answer.ts";
import type { ParkedCall } from "./waiting-calls.ts";

export interface ApiFetchPorts {
  fetch: typeof fetch;
  now: () => number;
  /** Marks the sending of a call. */
  stamp: () => number;
  /** The page's address (or the server's, outside of a page): relative URLs start here, other origins are refused. */
  baseUrl: () => string;
  /** The person for whom the page was rendered. */
  userKey: () => string | undefined;
  /** Nobody is there: the call must not extend the session. */
  isIdle: () => boolean;
  /** Hears how each call ended: `problem` is `undefined` for an answer that isn't a problem of ours. */
  onAnswer: (
    sentAt: number,
    problem: CoatcheckError | undefined,
    session: SessionGlimpse | undefined,
  ) => void;
  /** Keeps a refused call until its person has signed in again; without it, it fails at once. */
  park?: (call: ParkedCall) => Promise<boolean>;
}

/** A call that is refused so often, though somebody is signed in, isn't helped by another sign-in. */
const MOST_ATTEMPTS = 3;

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
    if (ports.isIdle()) request.headers.set(IDLE_HEADER, "1");

    for (let attempt = 1; ; attempt += 1) {
      // A stream can be read once; what `fetch` made of anything else can be copied.
      const isLast = attempt === MOST_ATTEMPTS || !ports.park || init?.body instanceof ReadableStream;
      const error = await send(isLast ? request : request.clone());
      if (error instanceof Response) return error;
      const needs = isLast || userKey === undefined ? undefined : needsOf(error.code);
      if (needs === undefined) throw error;
      const { method, url, headers, signal } = request;
      const isRepeatable = !NOT_IDEMPOTENT.test(method) || headers.has("idempotency-key");
      const goesOn = await ports.park?.({ method, url, error, needs, isRepeatable, signal });
      if (!goesOn) throw error;
    }
  };

  /** One attempt: an answer, or why there is none. */
  async function send(request: Request): Promise<Response | CoatcheckError> {
    const sentAt = ports.stamp();
    let problem: CoatcheckError | undefined;
    let response: Response | undefined;
    try {
      response = await ports.fetch(request);
      problem = await readProblemAnswer(response, ports.now());
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      problem = new CoatcheckError("network", "The server can't be reached.", { cause });
    }
    ports.onAnswer(sentAt, problem, parseSessionHeader(response?.headers.get(SESSION_HEADER) ?? null));
    return problem ?? (response as Response);
  }
}

/** @see RFC 9110 section 9.2.2 */
const NOT_IDEMPOTENT = /^(POST|PATCH)$/;

function needsOf(code: CoatcheckErrorCode): ParkedCall["needs"] | undefined {
  if (code === "step_up_required") return "step_up";
  return code === "no_session" || code === "stale_cookie" ? "sign_in" : undefined;
}
