import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { Server as TlsServer } from "node:tls";

export interface ListeningServer {
  readonly port: number;
  /** Of `https` where it speaks TLS. */
  readonly origin: string;
  /** Ends its connections, too, whatever they are about. */
  readonly close: () => Promise<void>;
}

/** Lets a server listen where this machine alone reaches it. @param at default: 127.0.0.1, and a free port */
export async function listenOnLoopback(
  server: Server,
  at: { readonly host?: string; readonly port?: number } = {},
): Promise<ListeningServer> {
  const { host = "127.0.0.1" } = at;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(at.port ?? 0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${server instanceof TlsServer ? "https" : "http"}://${host}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
