import type { Server } from "node:http";
import type { Bff } from "../create-bff.ts";

export interface ShutdownOptions {
  /** How long a shutdown waits for requests that are under way. Default 35, longer than a token call may take. */
  readonly drainSeconds?: number;
  /** Default `true`: SIGTERM and SIGINT close, then end the process. `false`: whoever calls closes by the handle. */
  readonly signals?: boolean;
}

const DRAIN_SECONDS = 35;
const LOOK_FOR_IDLE_MS = 50;

/**
 * Lets a server of one's own end together with the BFF in it, as `serve` does: without that, a refresh that is under way when
 * the process is told to stop is lost, and with it, where refresh tokens rotate, the session.
 *
 * @returns takes no new connection, lets requests finish, then closes the BFF, its ledger and its ports. Later calls wait for
 * the first.
 * @example closeTogether(bff, app.listen(3000))
 */
export function closeTogether(
  bff: Pick<Bff, "drain" | "close" | "closeSockets">,
  server: Server,
  { drainSeconds = DRAIN_SECONDS, signals = true }: ShutdownOptions = {},
): () => Promise<void> {
  let closing: Promise<void> | undefined;
  server.on("request", (_, outgoing) => {
    if (closing !== undefined) outgoing.shouldKeepAlive = false;
  });
  function close(): Promise<void> {
    return (closing ??= closeAll(bff, server, drainSeconds * 1000));
  }
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
  return close;
}

async function closeAll(
  bff: Pick<Bff, "drain" | "close" | "closeSockets">,
  server: Server,
  graceMs: number,
): Promise<void> {
  bff.closeSockets();
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
