import http from "node:http";
import https from "node:https";
import { Readable, pipeline } from "node:stream";
import type { HeaderList } from "../http-message.ts";
import { isBodiless } from "../response-headers.ts";
import type { UpstreamAnswer, UpstreamRequest, UpstreamSend } from "../upstream-send.ts";

/** What `createNodeSend` may be told. */
export interface NodeSendOptions {
  /** Certificates (PEM) to trust for https upstreams instead of the system's. */
  readonly ca?: string;
  /** Idle connections are closed after this; below the 5 s after which many servers close theirs. Default 4,000. */
  readonly keepAliveMs?: number;
}

/** An `UpstreamSend` with the connections that it keeps. */
export interface NodeSend {
  readonly send: UpstreamSend;
  /** Closes kept-alive connections. */
  readonly close: () => void;
}

type Attempt = UpstreamAnswer | { readonly kind: "stale_connection" };

/** May be sent once more when a kept-alive connection turns out to be closed (RFC 9110 section 9.2.2). */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const NEEDS_LENGTH: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

const pairUp = (rawHeaders: readonly string[]): HeaderList => {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
};

const frame = ({ method, body, contentLength }: UpstreamRequest): readonly string[] => {
  if (body === null) return NEEDS_LENGTH.has(method) ? ["content-length", "0"] : [];
  return contentLength === undefined
    ? ["transfer-encoding", "chunked"]
    : ["content-length", String(contentLength)];
};

const errorCode = (error: Error): string => ("code" in error ? String(error.code) : "unknown");

/** Fails a connection that takes too long to be made; a kept one is there already. */
const limitConnecting = (
  outgoing: http.ClientRequest,
  url: URL,
  timeoutMs: number,
  onTimeout: () => void,
): void => {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(onTimeout, timeoutMs);
    const stop = (): void => clearTimeout(timer);
    socket.once(url.protocol === "https:" ? "secureConnect" : "connect", stop);
    socket.once("close", stop);
  });
};

/**
 * Sends over `node:http` and `node:https` with kept-alive connections: the upstream's raw bytes, compressed as they came,
 * streamed both ways with back-pressure. Certificates are always verified.
 */
export const createNodeSend = (options: NodeSendOptions = {}): NodeSend => {
  const agentOptions = { keepAlive: true, timeout: options.keepAliveMs ?? 4000, maxFreeSockets: 256 };
  const agents = { "http:": new http.Agent(agentOptions), "https:": new https.Agent(agentOptions) };
  const tls = options.ca === undefined ? {} : { ca: options.ca };

  const attempt = (request: UpstreamRequest, isPooled: boolean): Promise<Attempt> =>
    new Promise((resolve) => {
      const url = new URL(request.origin);
      const isTls = url.protocol === "https:";
      const outgoing = (isTls ? https : http).request({
        ...(isTls ? { ...tls, rejectUnauthorized: true } : {}),
        agent: isPooled ? agents[isTls ? "https:" : "http:"] : false,
        hostname: url.hostname.replace(/^\[|\]$/gu, ""),
        port: url.port,
        method: request.method,
        path: request.path,
        headers: ["host", url.host, ...request.headers.flat(), ...frame(request)],
      });
      let isAnswered = false;
      let failure: Attempt | undefined;
      const settle = (result: Attempt): void => {
        isAnswered = true;
        resolve(result);
      };
      const onAbort = (): void => {
        failure ??= { kind: "failed", code: "upstream_failed", reason: "given up" };
        outgoing.destroy();
      };
      request.signal.addEventListener("abort", onAbort, { once: true });
      limitConnecting(outgoing, url, request.connectTimeoutMs, () => {
        failure ??= { kind: "failed", code: "upstream_timeout", reason: "no connection in time" };
        outgoing.destroy();
      });
      outgoing.on("response", (incoming) => {
        const status = incoming.statusCode ?? 0;
        const isEmpty = isBodiless(request.method, status);
        if (isEmpty) incoming.resume();
        settle({
          kind: "answered",
          status,
          headers: pairUp(incoming.rawHeaders),
          body: isEmpty ? null : incoming,
        });
      });
      outgoing.on("error", (error) => {
        const isStale = outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(errorCode(error));
        failure ??= isStale
          ? { kind: "stale_connection" }
          : { kind: "failed", code: "upstream_failed", reason: errorCode(error) };
      });
      outgoing.on("close", () => {
        request.signal.removeEventListener("abort", onAbort);
        if (!isAnswered)
          settle(failure ?? { kind: "failed", code: "upstream_failed", reason: "closed without an answer" });
      });
      if (request.signal.aborted) onAbort();
      else if (request.body === null) outgoing.end();
      // Its errors arrive at `outgoing`, too.
      else pipeline(Readable.from(request.body, { objectMode: false }), outgoing, () => undefined);
    });

  return {
    send: async (request) => {
      const first = await attempt(request, true);
      if (first.kind !== "stale_connection") return first;
      const canRepeat = request.body === null && REPEATABLE.has(request.method);
      const second = canRepeat ? await attempt(request, false) : first;
      return second.kind === "stale_connection"
        ? { kind: "failed", code: "upstream_failed", reason: "the connection was closed" }
        : second;
    },
    close: () => {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
};
