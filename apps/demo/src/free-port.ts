import { createServer } from "node:net";

/** Tests' ports lie below the range from which systems take the ports of outgoing connections. */
const ANY_PORT_FROM = 20_000;
const ANY_PORT_TO = 32_000;
const MAX_TRIES = 200;

/** Can this address be listened on now? An address that the machine doesn't have counts as free. */
async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Does nobody listen on this port of this machine, by any of the addresses that `localhost` may mean?
 *
 * Without the look at all of them, a browser could reach another program at `localhost` than ours at 127.0.0.1.
 */
async function isPortFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1", "0.0.0.0", "::"]) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

/**
 * Finds a port to listen on.
 *
 * @param preferred taken if free, else the next free one above it; `0`: any.
 * @param taken ports that are spoken for, though nobody listens there yet.
 */
export async function findFreePort(preferred: number, taken: readonly number[] = []): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port =
      preferred === 0
        ? ANY_PORT_FROM + Math.floor(Math.random() * (ANY_PORT_TO - ANY_PORT_FROM))
        : preferred + tries;
    if (port > 65_535) break;
    if (!taken.includes(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`Found no free port${preferred === 0 ? "" : ` from ${preferred} on`}.`);
}
