import { createFetchSend } from "./fetch-send.ts";
import type { Caller, Forward, ForwardOutcome } from "./forward.ts";
import { Cancellation } from "./cancellation.ts";
import { type HeaderList, type PlainRequest, valuesOf } from "./http-message.ts";
import { ProxyError } from "./proxy-error.ts";
import { bufferBody, isSmallAndIdempotent } from "./request/buffer-small-body.ts";
import type { Framing } from "./request/framing.ts";
import { planCall } from "./request/plan-call.ts";
import { createUpload } from "./request/upload.ts";
import { withProof } from "./request/with-proof.ts";
import { nonceIn } from "./response/nonce-in.ts";
import { challengeOf } from "./response/bearer-challenge.ts";
import { createDownload } from "./response/download.ts";
import { isEventStream } from "./response/is-event-stream.ts";
import { mapPlaces } from "./response/location.ts";
import { isBodiless, selectResponseHeaders } from "./response/response-headers.ts";
import { createDeadline, startRealTimer, type StartTimer } from "./start-timer.ts";
import type { Target } from "./target.ts";
import type { UpstreamAnswer, UpstreamRequest, UpstreamSend } from "./upstream-send.ts";
import type { CircuitPass } from "./upstream-circuit.ts";
import { createUpstreamCircuits, refusedBy, settleBy, type UpstreamCircuits } from "./upstream-circuits.ts";
import { createUpstreamGate, type UpstreamGate, type UpstreamLimits } from "./upstream-gate.ts";

/** What `createForward` needs from outside; all of it has a default. */
export interface ForwardPorts {
  /** Default: over `fetch`. On Node give `createNodeSend().send` of `@coatcheck/proxy/node`. */
  readonly send?: UpstreamSend;
  readonly startTimer?: StartTimer;
  /** Milliseconds of a clock that nobody sets. Default: `performance.now()`. */
  readonly monotonicMs?: () => number;
  /** Default: one of its own. */
  readonly gate?: UpstreamGate;
  /** Default: of its own. */
  readonly circuits?: UpstreamCircuits;
  /** Told when a body ends before its end that somebody still reads: breaking off is the upstream's fault, and not the client's. */
  readonly onBrokenOff?: (failure: BrokenOff, target: Target, caller: Caller) => void;
}

/** Why the body of an answer ended before its end. */
export interface BrokenOff {
  readonly code: "upstream_failed" | "upstream_timeout";
  readonly reason: string;
}

/** Of a target that says nothing else. */
const DEFAULT_LIMITS: UpstreamLimits = { maxConcurrent: 512, maxQueued: 0, queueTimeoutMs: 0 };

/** What ended a call from our side. */
type Ending = "client" | "too_large" | "timeout" | "discarded";

/** A place may be free again with the next answer. */
const NO_PLACE: ForwardOutcome = { kind: "overloaded", limit: "upstream", retryAfterMs: 1_000 };

const ENDED: Readonly<Record<Ending, ForwardOutcome>> = {
  client: { kind: "aborted" },
  too_large: { kind: "refused", code: "body_too_large" },
  timeout: failed("upstream_timeout", "no headers in time"),
  discarded: { kind: "aborted" },
};

/**
 * Makes the function that forwards API calls.
 *
 * It answers with the upstream's status and bytes, adds the access token as the only credential, and passes headers by
 * allow-list both ways. It follows no redirect.
 *
 * @see RFC 10017 section 6.1.3.6, RFC 9110 section 7.6
 */
export function createForward(ports: ForwardPorts = {}): Forward {
  const send = ports.send ?? createFetchSend();
  const startTimer = ports.startTimer ?? startRealTimer;
  const monotonicMs = ports.monotonicMs ?? (() => performance.now());
  const gate = ports.gate ?? createUpstreamGate(startTimer);
  const circuits = ports.circuits ?? createUpstreamCircuits(monotonicMs, () => undefined);

  return async (request, target, credential, caller) => {
    const call = planCall(request, target, credential, caller);
    if (call.kind !== "planned") return call;
    const { destination, framing } = call;
    const admission = circuits.admit(target);
    if (admission.kind === "refused") return refusedBy(admission);
    const pass: CircuitPass = admission;
    function notSent(outcome: ForwardOutcome): ForwardOutcome {
      pass.settle("unknown");
      return outcome;
    }
    const bound = typeof credential === "object" ? credential : undefined;
    const source = framing.kind === "none" ? null : request.body;
    const isKept =
      source instanceof Uint8Array || (source !== null && isSmallAndIdempotent(request.method, framing));
    const bytes = isKept ? await bufferBody(source, framing) : null;
    if (bytes === undefined || isGone(request)) return notSent(ENDED.client);
    const entering = gate.enter(destination.origin, target.limits ?? DEFAULT_LIMITS, request.signal);
    const isIn = typeof entering === "boolean" ? entering : await entering;
    if (!isIn) return notSent(isGone(request) ? ENDED.client : NO_PLACE);
    if (isGone(request) || !pass.isValid()) {
      gate.leave(destination.origin);
      // The upstream turned out to be out of reach while this call waited.
      const retryAfterMs = target.circuit?.retryMs ?? 0;
      return notSent(isGone(request) ? ENDED.client : refusedBy({ kind: "refused", retryAfterMs }));
    }

    const cancellation = new Cancellation();
    let ending: Ending | undefined;
    function end(by: Ending): void {
      ending ??= by;
      cancellation.cancel();
    }
    const onClientGone = (): void => end("client");
    request.signal?.addEventListener("abort", onClientGone);
    const release = (): void => request.signal?.removeEventListener("abort", onClientGone);

    // Waiting for headers counts from the end of the upload; an upload that doesn't move counts by itself.
    const deadline = createDeadline(startTimer, monotonicMs, () => end("timeout"));
    let isWaiting = true;
    function wait(ms: number): void {
      if (isWaiting) deadline.set(ms);
    }
    let isUploaded = true;
    let upload: UpstreamRequest["body"] = bytes;
    if (source !== null && !(source instanceof Uint8Array) && !isKept) {
      isUploaded = false;
      upload = createUpload(source, maxUploadBytes(framing, target), {
        onProgress: () => wait(target.idleTimeoutMs),
        onEnd: () => {
          isUploaded = true;
          wait(target.headersTimeoutMs);
        },
        onTooLarge: () => end("too_large"),
        onBroken: () => end("client"),
      });
    }
    wait(isUploaded ? target.headersTimeoutMs : target.idleTimeoutMs);

    /** Whoever sends slowly or goes away says nothing of the upstream: else one person could close it to all others. */
    function settle(outcome: UpstreamAnswer | undefined): void {
      if (ending === undefined) settleBy(pass, outcome);
      else if (ending === "timeout" && isUploaded) pass.settle("failed", "no headers in time");
      else pass.settle("unknown");
    }

    let answer: UpstreamAnswer | undefined;
    try {
      answer = await send({
        origin: destination.origin,
        path: destination.path,
        method: request.method,
        headers: bound === undefined ? call.headers : await withProof(call, request.method, bound),
        body: upload,
        contentLength: framing.kind === "length" ? framing.bytes : undefined,
        connectTimeoutMs: target.connectTimeoutMs,
        clientCertificate: target.clientCertificate,
        signal: cancellation,
      });
    } finally {
      isWaiting = false;
      deadline.clear();
      settle(answer);
      // Afterwards: whoever gets the place looks whether it may still be used.
      gate.leave(destination.origin);
    }
    if (ending !== undefined || answer.kind === "failed") {
      release();
      return answer.kind === "failed" && ending === undefined ? answer : ENDED[ending ?? "discarded"];
    }

    function discard(): void {
      release();
      end("discarded");
    }
    // Whoever writes the answer can't send such a status: without this, the browser would get none at all.
    if (answer.status < 200 || answer.status > 599) {
      discard();
      return failed("upstream_failed", "the answer's status is none");
    }
    const places = mapPlaces(answer.headers, target, destination, caller.publicOrigin);
    const isRedirect = answer.status >= 300 && answer.status < 400;
    if (isRedirect && valuesOf(answer.headers, "location").length > valuesOf(places, "location").length) {
      discard();
      return failed("upstream_failed", "a redirect leads outside the route");
    }
    // An answer may be over before the upload is: what is left of that goes nowhere.
    function onClose(isComplete: boolean): void {
      if (isComplete && isUploaded) release();
      else discard();
    }
    let body = isBodiless(request.method, answer.status) ? null : answer.body;
    if (body === null || body instanceof Uint8Array) onClose(body === answer.body);
    else
      body = createDownload(body, {
        deadline,
        idleTimeoutMs: idleTimeoutOf(answer.headers, target),
        describe: (cause) => {
          const failure = breakOf(cause, ending === "timeout");
          if (ending === undefined || ending === "timeout") ports.onBrokenOff?.(failure, target, caller);
          return new ProxyError(failure.code, failure.reason);
        },
        onClose,
      });
    const challenge = challengeOf(answer.status, answer.headers);
    return {
      kind: "answered",
      response: {
        status: answer.status,
        headers: selectResponseHeaders(
          answer.status,
          answer.headers,
          target.extraResponseHeaders ?? [],
          places,
        ),
        body,
      },
      invalidToken: answer.status === 401 && challenge?.error === "invalid_token",
      ...(challenge === undefined ? {} : { challenge }),
      ...(bound === undefined ? {} : nonceIn(answer.headers)),
      discard,
    };
  };
}

/** Asked anew each time: it may go while something is waited for. */
function isGone({ signal }: PlainRequest): boolean {
  return signal?.aborted === true;
}

function failed(code: "upstream_failed" | "upstream_timeout", reason: string): ForwardOutcome {
  return { kind: "failed", code, reason };
}

/** What the connection says of a body that broke off: a code of the system's, or of whoever read it. */
function breakOf(cause: unknown, isTimeout: boolean): BrokenOff {
  if (isTimeout) return { code: "upstream_timeout", reason: "the body fell silent" };
  // `fetch` wraps what happened.
  const error = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(error instanceof Error)) return { code: "upstream_failed", reason: "the body broke off" };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { code: "upstream_failed", reason: `the body broke off (${code})` };
}

function maxUploadBytes(framing: Framing, target: Target): number {
  return framing.kind === "length" ? framing.bytes : target.maxBodyBytes;
}

function idleTimeoutOf(headers: HeaderList, target: Target): number | "none" {
  return isEventStream(headers) ? target.eventStreamIdleTimeoutMs : target.idleTimeoutMs;
}
