import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A small server of the demo, on this machine only. */
export interface LoopbackServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param port `0`: any free one. */
export async function startLoopbackServer(listener: RequestListener, port: number): Promise<LoopbackServer> {
  const server = createServer(listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
