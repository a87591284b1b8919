import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import type { Bff } from "../create-bff.ts";
import { acceptSockets } from "./accept-sockets.ts";
import { closeTogether } from "./close-together.ts";
import type { ShutdownOptions } from "./close-together.ts";
import { createNodeListener } from "./create-node-listener.ts";
import type { ApiCallWay } from "./create-node-listener.ts";
import { KEEP_ALIVE_TIMEOUT_MS } from "./keep-alive-timeout.ts";

export interface ServeOptions extends ShutdownOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. Default: all of them. */
  readonly host?: string;
  /** Which way API calls take. Default `through-app`. */
  readonly apiCalls?: ApiCallWay;
}

export interface Served {
  /** The one that is listened on. */
  readonly port: number;
  /** Takes no new connection, lets requests finish, then closes the BFF, its ledger and its ports. Later calls wait for the first. */
  close(): Promise<void>;
}

/** Of path, query and headers together: beyond what the BFF takes, so that it refuses itself, with a problem. */
const MAX_HEADER_BYTES = 48 * 1024;

/**
 * Serves an app with a BFF in it: `serve(bff, app, { port: 3000 })`.
 *
 * Waits until the BFF is ready, and drains when the process is told to stop: without that, a refresh that is under way is
 * lost, and with it, where refresh tokens rotate, the session. Connections that nobody uses are kept for 75 s, longer than load
 * balancers keep theirs.
 *
 * @param app has `bff.app` in it, or is it.
 * @throws what `http.Server.listen` throws: `EADDRINUSE`, `EACCES`
 */
export async function serve(bff: Bff, app: Pick<Hono, "fetch">, options: ServeOptions): Promise<Served> {
  const { port, host, apiCalls = "through-app", ...closing } = options;
  warnOfAnotherHono(app);
  await bff.ready();
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
    createNodeListener(bff, app, { apiCalls }),
  );
  acceptSockets(server, bff);
  await listen(server, port, host);
  const close = closeTogether(bff, server, closing);
  return { port: (server.address() as AddressInfo).port, close };
}

/** Two copies fit as long as both are alike; later the types disagree first, in words that don't name the cause. */
function warnOfAnotherHono(app: object): void {
  const base = Object.getPrototypeOf(Hono) as typeof Hono;
  if (app instanceof base || !("routes" in app)) return;
  process.emitWarning(
    "The app is of another copy of hono than @coatcheck/bff: see `npm ls hono`, and keep one version, in your own package.json.",
    { type: "CoatcheckWarning", code: "COATCHECK_TWO_HONOS" },
  );
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
