import type { Dispatcher } from "undici";
import type { HeaderList } from "../http-message.ts";
import { isBodiless } from "../response/response-headers.ts";
import type { UpstreamAnswer, UpstreamRequest } from "../upstream-send.ts";
import { AnswerBody } from "./answer-body.ts";
import type { ConnectionAware, ConnectionState } from "./upstream-connection.ts";

/** `connection_lost`: a kept-alive connection turned out to be closed, and no byte of an answer came. */
export type AttemptOutcome = UpstreamAnswer | { readonly kind: "connection_lost" };

type Failure = Exclude<AttemptOutcome, { kind: "answered" }>;

const GIVEN_UP: Failure = { kind: "failed", code: "upstream_failed", reason: "given up" };

const LOST: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
/** Nothing of these is told by an upstream that can't be reached: the request can't be written, this process has no more connections, or the answer can't be read. */
const SAYS_NOTHING =
  /^(?:UND_ERR_(?!SOCKET$|CONNECT_TIMEOUT$)|HPE_|HTTPParserError$|EMFILE$|ENFILE$|EADDRNOTAVAIL$)/u;
const TIMEOUTS: ReadonlySet<string> = new Set(["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);

/** Sends a request once. Never rejects; the body of its answer does if it breaks off. */
export function startAttempt(dispatcher: Dispatcher, request: UpstreamRequest): Promise<AttemptOutcome> {
  if (request.signal.aborted) return Promise.resolve(GIVEN_UP);
  const attempt = new Attempt(request);
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
    attempt,
  );
  return attempt.failed.then((failure) => failure ?? attempt.answer());
}

/** What undici tells of one request. */
class Attempt implements ConnectionAware {
  /** Resolves when there is an answer (`undefined`), or when there will be none. */
  readonly failed: Promise<Failure | undefined>;
  readonly #request: UpstreamRequest;
  readonly #onAbort = (): void => this.#giveUp();
  #settle: (failure?: Failure) => void = () => undefined;
  #state: ConnectionState | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #body: AnswerBody | undefined;
  #status = 0;
  #hasAnswerBegun = false;

  constructor(request: UpstreamRequest) {
    this.#request = request;
    this.failed = new Promise((resolve) => (this.#settle = resolve));
    request.signal.addEventListener("abort", this.#onAbort);
  }

  /** To be called when `failed` has resolved: by then, what came together with the headers has been read. */
  answer(): AttemptOutcome {
    return {
      kind: "answered",
      status: this.#status,
      headers: pairUp(this.#controller?.rawHeaders),
      body: this.#body?.takeWhole() ?? this.#body ?? null,
    };
  }

  #giveUp(): void {
    this.#controller?.abort(new Error("given up"));
    this.#close();
    this.#settle(GIVEN_UP);
  }

  #close(): void {
    this.#request.signal.removeEventListener("abort", this.#onAbort);
  }

  onConnectionChosen(chosen: ConnectionState): void {
    this.#state = chosen;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#request.signal.aborted) controller.abort(new Error("given up"));
    else if (this.#state !== undefined) this.#state.isAnswerDue = true;
  }

  onResponseStarted(): void {
    this.#hasAnswerBegun = true;
    if (this.#state !== undefined) this.#state.isAnswerDue = false;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Early hints and the like: the answer is still to come.
    if (status < 200) return;
    this.#status = status;
    if (!isBodiless(this.#request.method, status)) this.#body = new AnswerBody(controller);
    this.#settle();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#state !== undefined) this.#state.isReused = true;
    this.#close();
    this.#body?.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#close();
    this.#body?.fail(error);
    this.#settle(describe(error, this.#state?.isReused === true && !this.#hasAnswerBegun));
  }
}

function describe(error: Error, mayBeIdleClose: boolean): Failure {
  // An answer that isn't HTTP has no code.
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (mayBeIdleClose && LOST.has(code)) return { kind: "connection_lost" };
  return TIMEOUTS.has(code)
    ? { kind: "failed", code: "upstream_timeout", reason: "no connection in time" }
    : {
        kind: "failed",
        code: "upstream_failed",
        reason: code,
        ...(SAYS_NOTHING.test(code) ? { saysNothing: true } : {}),
      };
}

/** undici writes `host` and the framing itself; the length of a stream is the caller's to know. */
function flatten({ headers, body, contentLength }: UpstreamRequest): string[] {
  const flat: string[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  if (body !== null && contentLength !== undefined) flat.push("content-length", String(contentLength));
  return flat;
}

function pairUp(rawHeaders: Dispatcher.DispatchController["rawHeaders"] | undefined): HeaderList {
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
