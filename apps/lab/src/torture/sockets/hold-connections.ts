import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Stage } from "../stage/stage.ts";

/** What a connection is held open with. */
export type Kind = "websocket" | "event stream";

/** Connections of one person. */
export interface HeldConnections {
  /** Resolves when each of them is closed. */
  readonly closed: Promise<void>;
  drop(): void;
}

/** Of the route that leads to the API. */
export const LIVE_PREFIX = "/api/live";

const HANDSHAKE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const STREAM = "X-Coatcheck: 1\r\nSec-Fetch-Site: same-origin\r\n";

/** What the API says at once. */
const OPEN = "open";
const CLOSE_FRAME = 0x88;

function isEnd(chunk: Buffer, kind: Kind): boolean {
  return kind === "websocket" ? chunk[0] === CLOSE_FRAME : chunk.toString("latin1").endsWith("0\r\n\r\n");
}

/** Opens so many, a few at a time. @returns when the API has said something on each @throws {Error} where one is refused */
export async function holdConnections(
  { origin, ports }: Pick<Stage, "origin" | "ports">,
  { cookie, kind, count }: { readonly cookie: string; readonly kind: Kind; readonly count: number },
): Promise<HeldConnections> {
  const request = `GET ${LIVE_PREFIX}/1 HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n${kind === "websocket" ? HANDSHAKE : STREAM}\r\n`;
  const sockets: Socket[] = [];
  const closings: Promise<void>[] = [];

  async function open(): Promise<void> {
    const socket = connect(ports[0] ?? 0, "127.0.0.1");
    sockets.push(socket);
    closings.push(new Promise((resolve) => socket.once("close", () => resolve())));
    let text = "";
    await new Promise<void>((resolve, reject) => {
      socket.on("data", (chunk) => {
        if (text === OPEN) {
          // Told that it is over, it closes, as a browser does.
          if (isEnd(chunk, kind)) socket.destroy();
          return;
        }
        text += chunk.toString("latin1");
        const [head = "", said = ""] = text.split("\r\n\r\n", 2);
        if (!head.includes(kind === "websocket" ? " 101 " : " 200 ") || !said.includes(OPEN)) return;
        text = OPEN;
        resolve();
      });
      socket.on("error", reject);
      socket.once("close", () => reject(new Error(`refused: ${text.slice(0, 200)}`)));
      socket.write(request);
    });
  }

  for (let opened = 0; opened < count; opened += 50)
    await Promise.all(Array.from({ length: Math.min(50, count - opened) }, open));
  return {
    closed: Promise.all(closings).then(() => undefined),
    drop: () => sockets.forEach((socket) => socket.destroy()),
  };
}
