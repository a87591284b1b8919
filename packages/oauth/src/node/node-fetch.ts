import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { Readable, pipeline } from "node:stream";
import type { Transform } from "node:stream";
import { TLSSocket } from "node:tls";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { ProviderFetch, ProviderRequestInit } from "../call/provider-fetch.ts";
import { RequestInterruptedError, RequestNotSentError } from "../call/request-error.ts";
import type { NotSentCode } from "../call/request-error.ts";
import type { ClientCertificate } from "../client-auth/client-certificate.ts";
import { readClientCertificate } from "./read-client-certificate.ts";

export interface NodeFetchOptions {
  /** From the call to a usable connection, waiting for a free one included. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** PEM certificates trusted instead of the platform's. */
  readonly ca?: string | readonly string[];
  /** To one host at a time; more calls wait, and count as unsent when they wait too long. Default 256. */
  readonly maxConnections?: number;
}

/** A `ProviderFetch`, and a way to let its connections go. */
export interface NodeFetch extends ProviderFetch {
  /** Closes idle connections; for shutdown and tests. */
  close(): void;
}

/** As of an API's answer: a provider's policies and cookies may be more than the 16 KB that Node takes. */
const MAX_HEADER_BYTES = 64 * 1_024;

/** The shortest time after which a common server closes (gunicorn) is 2 s: a request on a closing connection ends ambiguous. */
const IDLE_SOCKET_MS = 1_000;

/**
 * A small `fetch` over `node:http` and `node:https` that knows whether a request was sent.
 *
 * It asks `maySend` when the connection stands (connected, TLS agreed, or taken from the pool), before a byte is written.
 * Redirects are answers, never followed. A body that comes compressed, though nobody asked for that, is decompressed as
 * it is read: whoever reads it counts the bytes, and stops.
 *
 * @throws {RequestNotSentError} nothing was written.
 * @throws {RequestInterruptedError} a part may have been written; also on a pooled connection that turned out closed.
 */
export function createNodeFetch(options: NodeFetchOptions = {}): NodeFetch {
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  const pool = { keepAlive: true, maxSockets: options.maxConnections ?? 256, timeout: IDLE_SOCKET_MS };
  const httpAgent = new HttpAgent(pool);
  const ca = typeof options.ca === "string" ? options.ca : options.ca?.slice();
  const trust = ca === undefined ? {} : { ca };
  const httpsAgent = new HttpsAgent({ ...pool, ...trust });
  /** A connection that showed a certificate is for those who show it alone. As many as there are clients. */
  const certificateAgents = new Map<ClientCertificate, HttpsAgent>();

  function agentFor(certificate: ClientCertificate | undefined): HttpsAgent {
    if (certificate === undefined) return httpsAgent;
    const known = certificateAgents.get(certificate);
    if (known !== undefined) return known;
    const { cert, key } = certificate;
    const agent = new HttpsAgent({ ...pool, ...trust, cert, key });
    certificateAgents.set(certificate, agent);
    return agent;
  }

  const usable = new WeakSet<Socket>();

  /** Calls `write` when bytes may flow: at once on a pooled connection, else after `connect` or the TLS handshake. */
  const whenUsable = (socket: Socket, write: () => void): void => {
    if (usable.has(socket) || (!(socket instanceof TLSSocket) && !socket.connecting)) {
      write();
      return;
    }
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => {
      usable.add(socket);
      write();
    });
  };

  const open = (url: URL, init: ProviderRequestInit): ClientRequest => {
    const method = init.method ?? "GET";
    const message = { method, headers: plainHeaders(init), maxHeaderSize: MAX_HEADER_BYTES };
    return url.protocol === "https:"
      ? httpsRequest(url, { ...message, agent: agentFor(init.clientCertificate) })
      : httpRequest(url, { ...message, agent: httpAgent });
  };

  const nodeFetch: ProviderFetch = (rawUrl, init) =>
    new Promise((resolve, reject) => {
      const { body, signal } = init;
      if (body !== undefined && body !== null && typeof body !== "string") {
        reject(new TypeError("the body must be a string"));
        return;
      }
      if (signal?.aborted === true) {
        reject(new RequestNotSentError("aborted"));
        return;
      }
      const request = open(new URL(rawUrl), init);
      let isWriting = false;
      let connectTimer: ReturnType<typeof setTimeout> | undefined;

      const settle = (): void => {
        clearTimeout(connectTimer);
        signal?.removeEventListener("abort", abort);
      };
      const failUnsent = (code: NotSentCode): void => {
        settle();
        reject(new RequestNotSentError(code));
        request.destroy();
      };
      const abort = (): void => {
        if (!isWriting) {
          failUnsent("aborted");
          return;
        }
        settle();
        reject(new RequestInterruptedError("aborted"));
        request.destroy();
      };
      const write = (): void => {
        clearTimeout(connectTimer);
        if (request.destroyed) return;
        if (init.maySend?.() === false) {
          failUnsent("may_not_send");
          return;
        }
        isWriting = true;
        request.end(body ?? undefined);
      };

      connectTimer = setTimeout(() => failUnsent("connect_timeout"), connectTimeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
      request.on("socket", (socket) => whenUsable(socket, write));
      request.on("error", (error: NodeJS.ErrnoException) => {
        settle();
        reject(
          // By TLS 1.3, a server says so only after the first bytes of the request, which it doesn't read.
          isWriting && !isCertificateRefused(error)
            ? new RequestInterruptedError(interruption(error))
            : new RequestNotSentError(notSent(error)),
        );
      });
      request.on("response", (message) => {
        clearTimeout(connectTimer);
        message.once("close", settle);
        try {
          resolve(toResponse(message));
        } catch {
          // A status or a header that the platform's Response can't hold.
          settle();
          reject(new RequestInterruptedError("malformed_response"));
          request.destroy();
        }
      });
    });

  return Object.assign(nodeFetch, {
    readCertificate: readClientCertificate,
    close() {
      httpAgent.destroy();
      for (const agent of [httpsAgent, ...certificateAgents.values()]) agent.destroy();
    },
  });
}

function plainHeaders(init: ProviderRequestInit): Record<string, string> {
  const headers = Object.fromEntries(new Headers(init.headers).entries());
  return typeof init.body === "string"
    ? { ...headers, "content-length": String(Buffer.byteLength(init.body)) }
    : headers;
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? "", message.rawHeaders[index + 1] ?? "");
  }
  const status = message.statusCode ?? 0;
  if (status === 204 || status === 205 || status === 304) {
    message.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(decoded(message)) as ReadableStream<Uint8Array<ArrayBuffer>>, {
    status,
    headers,
  });
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** One coding at most: what is packed twice is no answer of a provider's. */
function decoded(message: IncomingMessage): Readable {
  const coding = (message.headers["content-encoding"] ?? "").trim().toLowerCase();
  // Nothing is no valid gzip, and some servers announce it all the same.
  const isEmpty = message.headers["content-length"] === "0";
  const createDecoder = !isEmpty && Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  // Failures come out of the decoder, and closing it closes the message.
  return createDecoder === undefined ? message : pipeline(message, createDecoder(), () => undefined);
}

function interruption(error: NodeJS.ErrnoException): "reset" | "malformed_response" {
  return error.code?.startsWith("HPE_") === true ? "malformed_response" : "reset";
}

/** Alerts about a client's certificate. They come in the handshake, and before anything of the request was read. */
const CERTIFICATE_ALERT =
  /^ERR_SSL_[\w/]*ALERT_(?:BAD_CERTIFICATE|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/;

function isCertificateRefused({ code = "" }: NodeJS.ErrnoException): boolean {
  return CERTIFICATE_ALERT.test(code);
}

function notSent(error: NodeJS.ErrnoException): NotSentCode {
  if (isCertificateRefused(error)) return "tls_certificate_refused";
  switch (error.code) {
    case "ECONNREFUSED":
      return "connection_refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "dns";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "tls_other_name";
    default:
      if (/^UNABLE_TO_(?:GET|VERIFY)|SELF_SIGNED|^CERT_UNTRUSTED$/.test(error.code ?? ""))
        return "tls_untrusted";
      return /CERT|TLS|SSL|UNABLE_TO_|EPROTO/.test(error.code ?? "") ? "tls" : "connection_failed";
  }
}
