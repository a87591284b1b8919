import type { AddressInfo } from "node:net";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { createNotesApp, openStore, type NotesApiOptions } from "./create-notes-api.ts";
import { NotesApiError } from "./notes-api-error.ts";

export interface NotesApiServerOptions extends NotesApiOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** `0`, the default, picks a free one. */
  readonly port?: number;
  /** PEM texts: it speaks TLS, and asks for certificates, which may be missing. Default: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface NotesApiServer {
  /** Origin, without the path `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Stops at once and closes the database. */
  close(): Promise<void>;
}

/** Longer than proxies keep idle connections, so that none is closed under a request that is just being sent. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Serves the notes on a port of their own.
 *
 * @throws {NotesApiError} `options_invalid`, `port_taken`
 */
export async function startNotesApi(options: NotesApiServerOptions): Promise<NotesApiServer> {
  const { host = "127.0.0.1", port: wantedPort = 0 } = options;
  const store = openStore(options);
  let server: Server;
  let port: number;
  try {
    const app = createNotesApp(options, store);
    const answer = getRequestListener(app.fetch);
    const listener: RequestListener = (request, response) => void answer(request, response);
    const { tls } = options;
    server =
      tls === undefined
        ? createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener)
        : createTlsServer(
            // Whose certificate it is says the token, whoever signed it.
            { keepAliveTimeout: KEEP_ALIVE_MS, ...tls, requestCert: true, rejectUnauthorized: false },
            listener,
          );
    port = await listen(server, host, wantedPort);
  } catch (error) {
    store.close();
    throw error;
  }
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      store.close();
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "port_taken" : "options_invalid";
      reject(
        new NotesApiError(code, `Can't listen on ${host}:${port} (${cause.code ?? "unknown"}).`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
