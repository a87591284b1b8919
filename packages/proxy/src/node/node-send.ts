import { type buildConnector, Pool } from "undici";
import { isIdempotent } from "../request/buffer-small-body.ts";
import type { UpstreamAnswer, UpstreamCertificate, UpstreamRequest, UpstreamSend } from "../upstream-send.ts";
import { type AttemptOutcome, startAttempt } from "./attempt.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

/** What `createNodeSend` may be told. */
export interface NodeSendOptions {
  /** Certificates (PEM) to trust for https upstreams instead of the system's. */
  readonly ca?: string;
  /**
   * An idle connection is closed after this, unless the upstream announces its own time by `Keep-Alive: timeout`. Default
   * 1,000: the shortest time after which a common server closes (gunicorn) is 2 s.
   */
  readonly keepAliveMs?: number;
}

/** An `UpstreamSend` with the connections that it keeps. */
export interface NodeSend {
  readonly send: UpstreamSend;
  /** Closes all connections. */
  readonly close: () => void;
}

const MAX_HEADER_BYTES = 64 * 1024;
/** Of the time that an upstream announces, its last second isn't used: a request would cross its close. */
const KEEP_ALIVE_MARGIN_MS = 1000;
/** TCP keep-alive: finds out that the other end of a silent connection is gone. */
const TCP_KEEP_ALIVE_MS = 30_000;

/**
 * Sends over undici with kept-alive connections: the upstream's raw bytes, compressed as they came, streamed both ways with
 * back-pressure. Certificates are always verified.
 */
export function createNodeSend(options: NodeSendOptions = {}): NodeSend {
  const settings = {
    // Deadlines are the caller's.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: options.keepAliveMs ?? 1000,
    keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
    allowH2: false,
  };
  /** By time for connecting, which undici takes with the connections and not with a call, and origin: as many as there are routes. */
  const pools = new Map<string, Pool>();
  /** A connection that showed a certificate is for those who show it alone. */
  const certificatePools = new Map<UpstreamCertificate, Map<string, Pool>>();

  function connectOptions({
    connectTimeoutMs,
    clientCertificate,
  }: UpstreamRequest): buildConnector.BuildOptions {
    return {
      timeout: connectTimeoutMs,
      ...clientCertificate,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      rejectUnauthorized: true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    };
  }

  function poolsWith(certificate: UpstreamCertificate | undefined): Map<string, Pool> {
    if (certificate === undefined) return pools;
    const known = certificatePools.get(certificate) ?? new Map<string, Pool>();
    certificatePools.set(certificate, known);
    return known;
  }

  function poolFor(request: UpstreamRequest): Pool {
    const { origin, connectTimeoutMs, clientCertificate } = request;
    const place = `${connectTimeoutMs} ${origin}`;
    const ofCertificate = poolsWith(clientCertificate);
    const known = ofCertificate.get(place);
    if (known !== undefined) return known;
    const connect = connectOptions(request);
    const pool = new Pool(origin, {
      ...settings,
      factory: (url) => new UpstreamConnection(url, { ...settings, connect }),
    });
    ofCertificate.set(place, pool);
    return pool;
  }

  async function sendAnew(request: UpstreamRequest): Promise<AttemptOutcome> {
    const connect = connectOptions(request);
    const connection = new UpstreamConnection(new URL(request.origin), {
      ...settings,
      connect,
      pipelining: 0,
    });
    try {
      return await startAttempt(connection, request);
    } finally {
      // Ends when the body of the answer has.
      void connection.close();
    }
  }

  return {
    send: async (request) => {
      const first = await startAttempt(poolFor(request), request);
      if (first.kind !== "connection_lost") return first;
      const canRepeat =
        isIdempotent(request.method) && (request.body === null || request.body instanceof Uint8Array);
      return toAnswer(canRepeat ? await sendAnew(request) : first);
    },
    close: () => {
      for (const open of [pools, ...certificatePools.values()])
        for (const pool of open.values()) void pool.destroy();
    },
  };
}

function toAnswer(outcome: AttemptOutcome): UpstreamAnswer {
  return outcome.kind === "connection_lost"
    ? { kind: "failed", code: "upstream_failed", reason: "the connection was closed" }
    : outcome;
}
