import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Hono } from "hono";
import type { Bff } from "../create-bff.ts";
import { createNodeListener } from "./create-node-listener.ts";
import type { ApiCallWay } from "./create-node-listener.ts";

export interface ServeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. Default: all of them. */
  readonly host?: string;
  /** Which way API calls take. Default `through-app`. */
  readonly apiCalls?: ApiCallWay;
  /** How long a shutdown waits for requests that are under way. Default 35, longer than a token call may take. */
  readonly drainSeconds?: number;
  /** Default `true`: SIGTERM and SIGINT close, then end the process. `false`: whoever calls closes by the handle. */
  readonly signals?: boolean;
}

export interface Served {
  /** The one that is listened on. */
  readonly port: number;
  /** Takes no new connection, lets requests finish, then closes the BFF, its ledger and its ports. Later calls wait for the first. */
  close(): Promise<void>;
}

const DRAIN_SECONDS = 35;
const LOOK_FOR_IDLE_MS = 50;
/** Of path, query and headers together: beyond what the BFF takes, so that it refuses itself, with a problem. */
const MAX_HEADER_BYTES = 48 * 1024;

/**
 * Serves an app with a BFF in it: `serve(bff, app, { port: 3000 })`.
 *
 * Waits until the BFF is ready, and drains when the process is told to stop: without that, a refresh that is under way is
 * lost, and with it, where refresh tokens rotate, the session.
 *
 * @param app has `bff.app` in it, or is it.
 * @throws what `http.Server.listen` throws: `EADDRINUSE`, `EACCES`
 */
export async function serve(bff: Bff, app: Pick<Hono, "fetch">, options: ServeOptions): Promise<Served> {
  const { port, host, apiCalls = "through-app", drainSeconds = DRAIN_SECONDS, signals = true } = options;
  await bff.ready();
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES },
    createNodeListener(bff, app, { apiCalls }),
  );
  let isClosing = false;
  server.on("request", (_, outgoing) => {
    if (isClosing) outgoing.shouldKeepAlive = false;
  });
  await listen(server, port, host);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    isClosing = true;
    return (closing ??= closeAll(bff, server, drainSeconds * 1000));
  };
  if (signals) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        close().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
    }
  }
  return { port: (server.address() as AddressInfo).port, close };
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function closeAll(bff: Bff, server: Server, graceMs: number): Promise<void> {
  const overdue = Promise.withResolvers<void>();
  const timer = setTimeout(() => overdue.resolve(), graceMs);
  // Turns `/readyz` unready at once; the requests that are under way may still begin token calls, so it is asked again.
  const drained = Promise.all([bff.drain(), closeServer(server, graceMs)]).then(() => bff.drain());
  // Without the bound, a ledger that is down would keep the process for ever: it is told again and again.
  await Promise.race([drained, overdue.promise]);
  clearTimeout(timer);
  await bff.close();
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection becomes idle when its last answer has left; Node looks once, we look again.
  const idle = setInterval(() => server.closeIdleConnections(), LOOK_FOR_IDLE_MS);
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}
