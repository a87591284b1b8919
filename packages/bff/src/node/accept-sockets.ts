import { STATUS_CODES } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { SOCKET_CODES } from "@coatcheck/contract";
import { relaySockets } from "@coatcheck/proxy/node";
import type { SocketRelay } from "@coatcheck/proxy/node";
import { WebSocket, WebSocketServer } from "ws";
import type { SocketAnswer } from "../api/answer-socket.ts";
import type { Bff } from "../create-bff.ts";
import { pairUp } from "../request/header-pairs.ts";
import type { BffResponse } from "../response/bff-response.ts";

/** What of a BFF takes part in WebSockets. */
export type SocketBff = Pick<Bff, "answerSocket" | "owns">;

const TICK_MS = 1_000;
/** For the answer to a refused handshake to be taken. */
const REFUSED_MS = 5_000;
const OWN_CODES = Object.values(SOCKET_CODES);
const MONOTONIC_MS = () => performance.now();

/** The BFF that a handshake is for, and the target that it has there: without the path under which that BFF is mounted. */
export interface ChosenSocketBff {
  readonly bff: SocketBff;
  readonly rawTarget: string;
}

type OpenAnswer = Extract<SocketAnswer, { kind: "open" }>;

/**
 * Lets a server of one's own take the WebSockets of a BFF's routes, as `serve` does. Handshakes of other paths are left to
 * whoever else listens for `upgrade`; where nobody does, they are answered as ordinary requests.
 *
 * @param choose which BFF a handshake is for, where there are several; `undefined`: none
 * @example acceptSockets(server, bff)
 */
export function acceptSockets(
  server: Server,
  choose: SocketBff | ((incoming: IncomingMessage) => ChosenSocketBff | undefined),
): void {
  const relays = new Set<SocketRelay>();
  const ticking = setInterval(() => relays.forEach((relay) => relay.tick()), TICK_MS);
  ticking.unref();
  server.on("close", () => clearInterval(ticking));

  function chosenFor(incoming: IncomingMessage): ChosenSocketBff | undefined {
    const { url: rawTarget = "/", headers } = incoming;
    if (!/^websocket$/iu.test(headers.upgrade ?? "")) return undefined;
    const chosen = typeof choose === "function" ? choose(incoming) : { bff: choose, rawTarget };
    return chosen?.bff.owns(chosen.rawTarget) === true ? chosen : undefined;
  }

  // Node 24.9 asks; older ones hand over whatever wants to be upgraded, once somebody listens.
  const isOlder = !("shouldUpgradeCallback" in server);
  const others = server.listenerCount("upgrade");
  Object.assign(server, {
    shouldUpgradeCallback: (incoming: IncomingMessage) =>
      server.listenerCount("upgrade") > 1 || chosenFor(incoming) !== undefined,
  });

  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const chosen = chosenFor(incoming);
    // A connection that breaks before anybody relays on it must not end the process.
    socket.on("error", () => socket.destroy());
    if (chosen === undefined) {
      if (isOlder && others === 0 && server.listenerCount("upgrade") === 1) refuse(socket, NOT_HERE);
      return;
    }
    answer(chosen, incoming, socket, head).catch(() => socket.destroy());
  });

  async function answer(
    { bff, rawTarget }: ChosenSocketBff,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { method = "GET", rawHeaders, headers } = incoming;
    const { remoteAddress } = incoming.socket;
    const isReadable =
      headers["sec-websocket-version"] === "13" &&
      /^[+/\dA-Za-z]{22}==$/u.test(headers["sec-websocket-key"] ?? "");
    if (!isReadable) return refuse(socket, NOT_HERE);
    const answered = await bff.answerSocket(
      { method, rawTarget, headers: pairUp(rawHeaders), body: null },
      remoteAddress === undefined ? {} : { remoteAddress },
    );
    if (answered.kind === "refused") return refuse(socket, answered.response);
    complete(answered, incoming, socket, head);
  }

  /** Takes the browser's handshake, now that the API has taken ours. */
  function complete(
    { headers, upstream, place, settings }: OpenAnswer,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    let isSettled = false;
    function giveUp(): void {
      if (isSettled) return;
      isSettled = true;
      upstream.terminate();
      place.leave();
    }
    if (!(upstream instanceof WebSocket)) throw new TypeError("use connectSocket of createNodePorts");
    socket.once("close", giveUp);
    // The browser is gone, and nobody will say so again.
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
      return giveUp();
    }
    const handshake = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: settings.maxMessageBytes,
      handleProtocols: () => upstream.protocol || false,
    });
    handshake.on("headers", (lines) => lines.push(...headers.map(([name, value]) => `${name}: ${value}`)));
    handshake.on("wsClientError", () => {
      giveUp();
      refuse(socket, NOT_HERE);
    });
    handshake.handleUpgrade(incoming, socket, head, (client) => {
      isSettled = true;
      const relay = relaySockets(client, upstream, {
        ...settings,
        ownCodes: OWN_CODES,
        monotonicMs: MONOTONIC_MS,
        onClose(by) {
          relays.delete(relay);
          place.leave(by);
        },
      });
      relays.add(relay);
      place.open((code, reason) => relay.close(code, reason));
    });
  }
}

const NOT_HERE: BffResponse = {
  status: 400,
  headers: [["cache-control", "no-store"]],
  body: null,
};

/** Node forgets a connection at its handshake: it neither reads on, nor does any of its time-outs end it. */
function refuse(socket: Duplex, { status, headers, body }: BffResponse): void {
  const text = typeof body === "string" ? body : "";
  const all = [
    ...headers.filter(([name]) => name !== "content-length"),
    ["content-length", String(Buffer.byteLength(text))],
    ["connection", "close"],
  ];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines}\r\n${text}`);
  // What still comes is thrown away, or the other side's end would never be seen behind it.
  socket.resume();
  const overdue = setTimeout(() => socket.destroy(), REFUSED_MS);
  overdue.unref();
  socket.once("close", () => clearTimeout(overdue));
}
