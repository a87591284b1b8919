import { parseBearerChallenge } from "./bearer-challenge.ts";
import { createDownload } from "./download.ts";
import { createFetchSend } from "./fetch-send.ts";
import type { Forward, ForwardOutcome } from "./forward.ts";
import { parseFraming } from "./framing.ts";
import type { PlainRequest } from "./http-message.ts";
import { ProxyError } from "./proxy-error.ts";
import { selectRequestHeaders } from "./request-headers.ts";
import { matchPath, parseTarget } from "./request-target.ts";
import { isBodiless, selectResponseHeaders } from "./response-headers.ts";
import { createDeadline, startRealTimer, type StartTimer } from "./start-timer.ts";
import { type Destination, findDestination, mapLocation } from "./target.ts";
import { createUpload } from "./upload.ts";
import type { UpstreamSend } from "./upstream-send.ts";

/** What `createForward` needs from outside; all of it has a default. */
export interface ForwardPorts {
  /** Default: over `fetch`. On Node give `createNodeSend()` of `@coatcheck/proxy/node`. */
  readonly send?: UpstreamSend;
  readonly startTimer?: StartTimer;
  /** Calls to one origin that may wait for its headers at once; more fail at once. Default 512. */
  readonly maxWaitingPerOrigin?: number;
}

const METHOD = /^[A-Z]{1,20}$/u;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** What ended a call from our side. */
type Ending = "client" | "too_large" | "timeout" | "discarded";

const failed = (code: "upstream_failed" | "upstream_timeout", reason: string): ForwardOutcome => ({
  kind: "failed",
  code,
  reason,
});
const refused = (code: "bad_request" | "unknown_route" | "body_too_large"): ForwardOutcome => ({
  kind: "refused",
  code,
});

const wantsWebSocket = ({ headers }: PlainRequest): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === "upgrade" && /websocket/iu.test(value));

const isSendable = (token: string): boolean => /^[\x21-\x7e]+$/u.test(token);

/** Counts the calls to each origin that wait for headers. */
const createWaitingRoom = (capacity: number) => {
  const waiting = new Map<string, number>();
  return {
    /** @returns `undefined` if it is full, else what leaves it. */
    enter: (origin: string): (() => void) | undefined => {
      const count = waiting.get(origin) ?? 0;
      if (count >= capacity) return undefined;
      waiting.set(origin, count + 1);
      return () => {
        const left = (waiting.get(origin) ?? 1) - 1;
        if (left === 0) waiting.delete(origin);
        else waiting.set(origin, left);
      };
    },
  };
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
    const parsed = parseTarget(request.rawTarget);
    if (parsed === undefined || !METHOD.test(request.method) || REFUSED_METHODS.has(request.method))
      return refused("bad_request");
    const rest = matchPath(parsed.path, target.prefix);
    if (rest === undefined) return refused("unknown_route");
    const framing = parseFraming(request);
    if (framing === undefined || wantsWebSocket(request)) return refused("bad_request");
    if (framing.kind === "length" && framing.bytes > target.maxBodyBytes) return refused("body_too_large");
    const headers = selectRequestHeaders(
      request.headers,
      target.extraRequestHeaders ?? [],
      accessToken,
      caller,
    );
    if (headers === undefined) return refused("bad_request");
    if (accessToken !== undefined && !isSendable(accessToken))
      return failed("upstream_failed", "the access token can't be sent");
    if (request.signal?.aborted === true) return { kind: "aborted" };
    const destination = findDestination(target, rest, parsed.query);
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
    let hasHeaders = false;
    const whileWaiting = (ms: number) => (): void => {
      if (!hasHeaders) deadline.set(ms);
    };
    const startHeadersDeadline = whileWaiting(target.headersTimeoutMs);
    const body =
      framing.kind === "none" || request.body === null
        ? null
        : createUpload(request.body, framing.kind === "length" ? framing.bytes : target.maxBodyBytes, {
            onProgress: whileWaiting(target.idleTimeoutMs),
            onEnd: startHeadersDeadline,
            onTooLarge: () => end("too_large"),
            onBroken: () => end("client"),
          });
    whileWaiting(body === null ? target.headersTimeoutMs : target.idleTimeoutMs)();

    const answer = await send({
      ...destination,
      method: request.method,
      headers,
      body,
      contentLength: framing.kind === "length" ? framing.bytes : undefined,
      connectTimeoutMs: target.connectTimeoutMs,
      signal: abort.signal,
    });
    hasHeaders = true;
    deadline.clear();
    leaveWaitingRoom();

    const settle = (outcome: ForwardOutcome): ForwardOutcome => {
      release();
      return outcome;
    };
    const endedBy = ending;
    if (endedBy === "client") return settle({ kind: "aborted" });
    if (endedBy === "too_large") return settle(refused("body_too_large"));
    if (endedBy === "timeout") return settle(failed("upstream_timeout", "no headers in time"));
    if (answer.kind === "failed") return settle(answer);

    const location = readLocation(answer.headers, target, destination);
    if (location === "outside" && answer.status >= 300 && answer.status < 400) {
      end("discarded");
      return settle(failed("upstream_failed", "a redirect leads outside the route"));
    }
    const fields = answer.headers
      .filter(([name]) => name.toLowerCase() === "www-authenticate")
      .map(([, value]) => value);
    const challenge =
      answer.status === 401 || answer.status === 403 ? parseBearerChallenge(fields) : undefined;
    const isEmpty = answer.body === null || isBodiless(request.method, answer.status);
    if (isEmpty) {
      release();
      if (answer.body !== null) end("discarded");
    }
    return {
      kind: "answered",
      response: {
        status: answer.status,
        headers: selectResponseHeaders(
          answer.status,
          answer.headers,
          target.extraResponseHeaders ?? [],
          typeof location === "object" ? location.mapped : undefined,
        ),
        body:
          answer.body === null || isEmpty
            ? null
            : createDownload(answer.body, {
                deadline,
                idleTimeoutMs: target.idleTimeoutMs,
                describe: () =>
                  ending === "timeout"
                    ? new ProxyError("upstream_timeout", "the upstream fell silent in the middle of its body")
                    : new ProxyError("upstream_failed", "the upstream's body broke off"),
                onClose: (isComplete) => {
                  release();
                  if (!isComplete) end("discarded");
                },
              }),
      },
      invalidToken: answer.status === 401 && challenge?.error === "invalid_token",
      ...(challenge === undefined ? {} : { challenge }),
      discard: () => {
        release();
        end("discarded");
      },
    };
  };
};

const readLocation = (
  headers: PlainRequest["headers"],
  target: Parameters<Forward>[1],
  destination: Destination,
): { readonly mapped: string } | "outside" | undefined => {
  const values = headers.filter(([name]) => name.toLowerCase() === "location").map(([, value]) => value);
  const [value] = values;
  if (value === undefined) return undefined;
  const mapped = values.length > 1 ? undefined : mapLocation(target, destination, value);
  return mapped === undefined ? "outside" : { mapped };
};
