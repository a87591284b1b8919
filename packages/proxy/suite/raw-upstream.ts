import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { SELF_SIGNED } from "./self-signed.ts";

/** A server that keeps the exact bytes that it was sent, and answers with exact bytes. */
export interface RawUpstream {
  readonly origin: string;
  /** What arrived, a text for each connection. */
  readonly received: readonly string[];
  readonly connections: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

export type RawAnswer = (socket: net.Socket, head: string, connection: number) => void;

/** An answer without surprises. */
export const answerOk: RawAnswer = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok");
};

/**
 * @param answer Called with each head of a request, as soon as it is complete.
 * @param isTls With a certificate that only a caller who has it trusts.
 */
export const startRawUpstream = async (answer: RawAnswer = answerOk, isTls = false): Promise<RawUpstream> => {
  const received: string[] = [];
  const connections = new Set<net.Socket>();
  const onConnection = (socket: net.Socket): void => {
    const connection = received.push("") - 1;
    connections.add(socket);
    let unread = "";
    socket.on("close", () => connections.delete(socket));
    // The peer may be gone at any time; the test looks at what arrived.
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      received[connection] += text;
      unread += text;
      const end = unread.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = unread.slice(0, end + 4);
      unread = "";
      answer(socket, head, connection);
    });
  };
  const server = isTls ? tls.createServer(SELF_SIGNED, onConnection) : net.createServer(onConnection);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as net.AddressInfo;
  return {
    origin: `${isTls ? "https" : "http"}://127.0.0.1:${address.port}`,
    received,
    connections,
    close: async () => {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};
