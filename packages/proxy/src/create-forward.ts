import { parseBearerChallenge } from "./bearer-challenge.ts";
import { createDownload } from "./download.ts";
import { createFetchSend } from "./fetch-send.ts";
import type { Forward, ForwardOutcome, Target } from "./forward.ts";
import type { BodyStream, HeaderList } from "./http-message.ts";
import { planCall } from "./plan-call.ts";
import { ProxyError } from "./proxy-error.ts";
import { isBodiless, selectResponseHeaders } from "./response-headers.ts";
import { createDeadline, startRealTimer, type StartTimer } from "./start-timer.ts";
import { type Destination, mapLocation } from "./target.ts";
import { createUpload } from "./upload.ts";
import type { UpstreamSend } from "./upstream-send.ts";
import { createWaitingRoom } from "./waiting-room.ts";

/** What `createForward` needs from outside; all of it has a default. */
export interface ForwardPorts {
  /** Default: over `fetch`. On Node give `createNodeSend().send` of `@coatcheck/proxy/node`. */
  readonly send?: UpstreamSend;
  readonly startTimer?: StartTimer;
  /** Calls to one origin that may wait for its headers at once; more fail at once. Default 512. */
  readonly maxWaitingPerOrigin?: number;
}

/** What ended a call from our side. */
type Ending = "client" | "too_large" | "timeout" | "discarded";

const failed = (code: "upstream_failed" | "upstream_timeout", reason: string): ForwardOutcome => ({
  kind: "failed",
  code,
  reason,
});

const ENDED: Readonly<Record<Ending, ForwardOutcome>> = {
  client: { kind: "aborted" },
  too_large: { kind: "refused", code: "body_too_large" },
  timeout: failed("upstream_timeout", "no headers in time"),
  discarded: { kind: "aborted" },
};

const valuesOf = (headers: HeaderList, wanted: string): readonly string[] =>
  headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);

/** Where the answer leads, on our origin; `outside` if that is nowhere in the route. */
const readLocation = (
  headers: HeaderList,
  target: Target,
  destination: Destination,
): { readonly mapped: string } | "outside" | undefined => {
  const [value, ...more] = valuesOf(headers, "location");
  if (value === undefined) return undefined;
  const mapped = more.length > 0 ? undefined : mapLocation(target, destination, value);
  return mapped === undefined ? "outside" : { mapped };
};

/**
 * Makes the function that forwards API calls.
 *
 * It answers with the upstream's status and bytes, adds the access token as the only credential, and passes headers by
 * allow-list both ways. It follows no redirect and repeats no call.
 *
 * @see RFC 10017 section 6.1.3.6, RFC 9110 section 7.6
 */
export const createForward = (ports: ForwardPorts = {}): Forward => {
  const send = ports.send ?? createFetchSend();
  const startTimer = ports.startTimer ?? startRealTimer;
  const waitingRoom = createWaitingRoom(ports.maxWaitingPerOrigin ?? 512);

  return async (request, target, accessToken, caller) => {
    const call = planCall(request, target, accessToken, caller);
    if (call.kind !== "planned") return call;
    if (request.signal?.aborted === true) return ENDED.client;
    const { destination, framing } = call;
    const leaveWaitingRoom = waitingRoom.enter(destination.origin);
    if (leaveWaitingRoom === undefined)
      return failed("upstream_failed", "too many calls wait for this upstream");

    const abort = new AbortController();
    let ending: Ending | undefined;
    const end = (by: Ending): void => {
      ending ??= by;
      abort.abort();
    };
    const onClientGone = (): void => end("client");
    request.signal?.addEventListener("abort", onClientGone, { once: true });
    const release = (): void => request.signal?.removeEventListener("abort", onClientGone);

    // Waiting for headers counts from the end of the upload; an upload that doesn't move counts by itself.
    const deadline = createDeadline(startTimer, () => end("timeout"));
    let isWaiting = true;
    const wait = (ms: number): void => {
      if (isWaiting) deadline.set(ms);
    };
    const createBody = (body: BodyStream): AsyncIterable<Uint8Array> =>
      createUpload(body, framing.kind === "length" ? framing.bytes : target.maxBodyBytes, {
        onProgress: () => wait(target.idleTimeoutMs),
        onEnd: () => {
          isUploaded = true;
          wait(target.headersTimeoutMs);
        },
        onTooLarge: () => end("too_large"),
        onBroken: () => end("client"),
      });
    const body = framing.kind === "none" || request.body === null ? null : createBody(request.body);
    let isUploaded = body === null;
    wait(body === null ? target.headersTimeoutMs : target.idleTimeoutMs);

    const answer = await send({
      ...destination,
      method: request.method,
      headers: call.headers,
      body,
      contentLength: framing.kind === "length" ? framing.bytes : undefined,
      connectTimeoutMs: target.connectTimeoutMs,
      signal: abort.signal,
    }).finally(() => {
      isWaiting = false;
      deadline.clear();
      leaveWaitingRoom();
    });
    if (ending !== undefined || answer.kind === "failed") {
      release();
      return ending === undefined ? (answer as Extract<typeof answer, { kind: "failed" }>) : ENDED[ending];
    }

    const discard = (): void => {
      release();
      end("discarded");
    };
    // Whoever writes the answer can't say such a status: without this, the browser would get none at all.
    if (answer.status < 200 || answer.status > 599) {
      discard();
      return failed("upstream_failed", "the answer's status is none");
    }
    const location = readLocation(answer.headers, target, destination);
    if (location === "outside" && answer.status >= 300 && answer.status < 400) {
      discard();
      return failed("upstream_failed", "a redirect leads outside the route");
    }
    const describe = (): ProxyError =>
      ending === "timeout"
        ? new ProxyError("upstream_timeout", "the upstream fell silent in the middle of its body")
        : new ProxyError("upstream_failed", "the upstream's body broke off");
    // An answer may be over before the upload is: what is left of that goes nowhere.
    const onClose = (isComplete: boolean): void => {
      if (isComplete && isUploaded) release();
      else discard();
    };
    const isEmpty = answer.body === null || isBodiless(request.method, answer.status);
    if (isEmpty) onClose(answer.body === null);
    const challenge = [401, 403].includes(answer.status)
      ? parseBearerChallenge(valuesOf(answer.headers, "www-authenticate"))
      : undefined;
    const extra = target.extraResponseHeaders ?? [];
    const mapped = typeof location === "object" ? location.mapped : undefined;
    return {
      kind: "answered",
      response: {
        status: answer.status,
        headers: selectResponseHeaders(answer.status, answer.headers, extra, mapped),
        body:
          answer.body === null || isEmpty
            ? null
            : createDownload(answer.body, {
                deadline,
                idleTimeoutMs: target.idleTimeoutMs,
                describe,
                onClose,
              }),
      },
      invalidToken: answer.status === 401 && challenge?.error === "invalid_token",
      ...(challenge === undefined ? {} : { challenge }),
      discard,
    };
  };
};
