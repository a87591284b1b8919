import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/**
 * Loaded into the server before it starts (`--import`): writes down every address that the process connects to, and every
 * name that it looks up, whatever library asked. Lines begin with `outbound `.
 */
subscribe("net.client.socket", (message) => {
  const { socket } = message as { readonly socket: Socket };
  socket.once("lookup", (_error: unknown, _address: unknown, _family: unknown, host: string) => note(host));
  socket.once("connect", () => note(`${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`));
});

function note(address: string): void {
  process.stderr.write(`outbound ${address}\n`);
}
