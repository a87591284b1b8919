import { WebSocket } from "ws";
import type { RawData } from "ws";

/** What ended a pair of WebSockets, unless we closed it; `lost`: one side gave no sign of life. */
export type SocketEnd = "client" | "upstream" | "idle" | "lost" | "too_big";

/** A pair of WebSockets, each of which gets what the other one sends. */
export interface SocketRelay {
  /** Closes both: the browser's with this code, the API's as a browser does that leaves. */
  close(code: number, reason: string): void;
  /** To be called once a second: drops a pair of which one side is gone, and closes one that is silent. */
  tick(): void;
}

export interface SocketRelayOptions {
  /** Both sides are asked for a sign of life this often; one that gives none until the next time is gone. */
  readonly pingEveryMs: number;
  /** Closes a pair that has had no message for this long. */
  readonly idleTimeoutMs: number | "none";
  /** Codes by which our own page knows what we have to say: from an API they become 1008. */
  readonly ownCodes: readonly number[];
  readonly monotonicMs: () => number;
  /** Called once, when both are closed. */
  readonly onClose: (by: SocketEnd) => void;
}

/** More than this on its way to one side holds the other side back, until half of it has left. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** Whom we have closed has this long to close, too. */
const CLOSE_TIMEOUT_MS = 5_000;

const GOING_AWAY = 1001;
const NO_CODE = 1005;
const ABNORMAL = 1006;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;
const BAD_GATEWAY = 1014;

interface Side {
  readonly socket: WebSocket;
  readonly who: "client" | "upstream";
  hasShownLife: boolean;
  isTooBig: boolean;
}

/**
 * Passes messages on, both ways, no faster than the slower side takes them: what isn't taken is left in the other side's
 * connection, and so in its sender.
 *
 * @param client the browser's
 * @param upstream the API's, paused since it was opened
 */
export function relaySockets(
  client: WebSocket,
  upstream: WebSocket,
  { pingEveryMs, idleTimeoutMs, ownCodes, monotonicMs, onClose }: SocketRelayOptions,
): SocketRelay {
  let spokenAt = monotonicMs();
  let pingedAt = spokenAt;
  let open = 2;
  let endedBy: SocketEnd | undefined;
  const ofClient: Side = { socket: client, who: "client", hasShownLife: true, isTooBig: false };
  const ofUpstream: Side = { socket: upstream, who: "upstream", hasShownLife: true, isTooBig: false };
  const sides = [ofClient, ofUpstream];

  function connect(from: Side, to: Side, codeFor: (code: number) => number | undefined): void {
    const { socket } = from;
    socket.on("message", (data: RawData, isBinary: boolean) => {
      spokenAt = monotonicMs();
      from.hasShownLife = true;
      if (to.socket.readyState !== WebSocket.OPEN) return;
      to.socket.send(data, { binary: isBinary }, () => {
        to.hasShownLife = true;
        if (socket.isPaused && to.socket.bufferedAmount <= MAX_BUFFERED_BYTES / 2) socket.resume();
      });
      if (to.socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.pause();
    });
    socket.on("pong", () => (from.hasShownLife = true));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      from.isTooBig ||= error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    });
    socket.on("close", (code, reason) => {
      end(to.socket, from.isTooBig ? TOO_BIG : codeFor(code), reason.toString());
      endedBy ??= from.isTooBig ? "too_big" : from.who;
      open -= 1;
      if (open === 0) onClose(endedBy);
    });
  }

  function end(socket: WebSocket, code: number | undefined, reason: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    // Nobody reads what it still has to say, and its closing would wait for that.
    if (socket.isPaused) socket.resume();
    socket.close(code, code === undefined ? undefined : reason);
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  function close(code: number, reason: string): void {
    end(upstream, GOING_AWAY, "");
    end(client, code, reason);
  }

  connect(ofClient, ofUpstream, (code) => (code === ABNORMAL ? GOING_AWAY : toSendable(code)));
  connect(ofUpstream, ofClient, (code) => {
    if (code === ABNORMAL) return BAD_GATEWAY;
    return ownCodes.includes(code) ? POLICY_VIOLATION : toSendable(code);
  });

  for (const { socket } of sides) socket.resume();

  return {
    close,
    tick() {
      const now = monotonicMs();
      if (idleTimeoutMs !== "none" && now - spokenAt >= idleTimeoutMs) {
        endedBy ??= "idle";
        return close(GOING_AWAY, "idle");
      }
      if (now - pingedAt < pingEveryMs) return;
      pingedAt = now;
      for (const side of sides) {
        // One that is held back can't be heard: the other one decides.
        if (!side.hasShownLife && !side.socket.isPaused) {
          endedBy ??= "lost";
          return side.socket.terminate();
        }
        side.hasShownLife = false;
        if (side.socket.readyState === WebSocket.OPEN) side.socket.ping();
      }
    },
  };
}

function toSendable(code: number): number | undefined {
  return code === NO_CODE ? undefined : code;
}
