import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** An API that takes every WebSocket and event stream, says one thing, and stays open. */
export interface LiveApi {
  readonly origin: string;
  close(): Promise<void>;
}

export async function startLiveApi(): Promise<LiveApi> {
  const server = createServer({ requestTimeout: 0 }, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: open\n\n");
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.send("open");
  });
  server.listen(0, "127.0.0.1", 4_096);
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
