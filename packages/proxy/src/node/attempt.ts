import type { Dispatcher } from "undici";
import type { HeaderList } from "../http-message.ts";
import { isBodiless } from "../response/response-headers.ts";
import type { UpstreamAnswer, UpstreamRequest } from "../upstream-send.ts";
import { type AnswerBody, createAnswerBody } from "./answer-body.ts";
import type { ConnectionAware, ConnectionState } from "./upstream-connection.ts";

/** `connection_lost`: a kept-alive connection turned out to be closed, and no byte of an answer came. */
export type AttemptOutcome = UpstreamAnswer | { readonly kind: "connection_lost" };

type Failure = Exclude<AttemptOutcome, { kind: "answered" }>;

const LOST: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
const TIMEOUTS: ReadonlySet<string> = new Set(["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);

/** Sends a request once. Never rejects; the body of its answer does if it breaks off. */
export function startAttempt(dispatcher: Dispatcher, request: UpstreamRequest): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    let state: ConnectionState | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let body: AnswerBody | undefined;
    let hasAnswerBegun = false;

    function onAbort(): void {
      controller?.abort(new Error("given up"));
      close();
      resolve({ kind: "failed", code: "upstream_failed", reason: "given up" });
    }
    function close(): void {
      request.signal.removeEventListener("abort", onAbort);
    }
    if (request.signal.aborted) {
      onAbort();
      return;
    }
    request.signal.addEventListener("abort", onAbort, { once: true });

    const handler: ConnectionAware = {
      onConnectionChosen(chosen) {
        state = chosen;
      },
      onRequestStart(started) {
        controller = started;
        if (request.signal.aborted) started.abort(new Error("given up"));
        else if (state !== undefined) state.isAnswerDue = true;
      },
      onResponseStarted() {
        hasAnswerBegun = true;
        if (state !== undefined) state.isAnswerDue = false;
      },
      onResponseStart(started, status) {
        // Early hints and the like: the answer is still to come.
        if (status < 200) return;
        if (!isBodiless(request.method, status)) body = createAnswerBody(started);
        resolve({
          kind: "answered",
          status,
          headers: pairUp(started.rawHeaders),
          body: body ?? null,
        });
      },
      onResponseData(_, chunk) {
        body?.push(chunk);
      },
      onResponseEnd() {
        if (state !== undefined) state.isReused = true;
        close();
        body?.end();
      },
      onResponseError(_, error) {
        close();
        body?.fail(error);
        resolve(describe(error, state?.isReused === true && !hasAnswerBegun));
      },
    };
    dispatcher.dispatch(
      {
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: flatten(request),
        // undici takes any async iterable; its types know Node's streams only.
        body: request.body as Uint8Array | null,
        // Without this, undici closes the connection after a HEAD, and after a DELETE with a body.
        reset: false,
      },
      handler,
    );
  });
}

function describe(error: Error, mayBeIdleClose: boolean): Failure {
  const code = "code" in error ? String(error.code) : "unknown";
  if (mayBeIdleClose && LOST.has(code)) return { kind: "connection_lost" };
  return TIMEOUTS.has(code)
    ? { kind: "failed", code: "upstream_timeout", reason: "no connection in time" }
    : { kind: "failed", code: "upstream_failed", reason: code };
}

/** undici writes `host` and the framing itself; the length of a stream is the caller's to know. */
function flatten({ headers, body, contentLength }: UpstreamRequest): string[] {
  const flat = headers.flat();
  if (body !== null && contentLength !== undefined) flat.push("content-length", String(contentLength));
  return flat;
}

function pairUp(rawHeaders: Dispatcher.DispatchController["rawHeaders"]): HeaderList {
  const pairs: [string, string][] = [];
  if (!Array.isArray(rawHeaders)) return pairs;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([text(rawHeaders[index]), text(rawHeaders[index + 1])]);
  }
  return pairs;
}

function text(bytes: Buffer | string | undefined): string {
  return typeof bytes === "string" ? bytes : (bytes?.toString("latin1") ?? "");
}
