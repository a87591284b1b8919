import type { IncomingMessage, ServerResponse } from "node:http";

/** A client that sends for longer after its answer is cut off. */
const MAX_MS = 30_000;

/**
 * Reads on, after an answer, what the client still sends, and throws it away.
 *
 * Most clients read an answer only when they have sent all: one that came early (too large, nobody signed in) would never
 * reach them if we closed the connection, or let it stand still.
 */
export function readOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once("finish", () => {
    if (incoming.readableEnded || incoming.destroyed) return;
    // Whoever read the body has stopped, and its listeners would keep the rest from flowing.
    incoming.removeAllListeners("readable");
    incoming.removeAllListeners("data");
    const timer = setTimeout(() => incoming.socket.destroy(), MAX_MS).unref();
    incoming.once("close", () => clearTimeout(timer));
    incoming.resume();
  });
}
