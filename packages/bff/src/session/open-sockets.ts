import { SOCKET_CODES } from "@coatcheck/contract";
import { observeConnection } from "../observe/observe-connection.ts";
import type { ConnectionEnd } from "../observe/observer.ts";
import type { Core } from "../parts.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import type { SessionValue } from "./session-value.ts";

/** Closes a WebSocket, with a code and a reason for the page. */
export type CloseSocket = (code: number, reason: string) => void;

/** A place for one WebSocket, taken before the API is contacted. */
export interface SocketPlace {
  /** From now on it is closed with its session, and with the process. */
  open(close: CloseSocket): void;
  /** To be called once: it isn't open any more, or never was. @param by what ended it, unless we did */
  leave(by?: ConnectionEnd): void;
}

/** The WebSockets of this process: no more than the limits, and none longer than its session. */
export interface OpenSockets {
  /** @param route its prefix. @returns `undefined`: there are too many */
  enter(session: SessionValue, route: string): SocketPlace | undefined;
  /** Closes all with 1012, since the process restarts, and lets no more in. */
  close(): void;
  readonly count: number;
}

const SERVICE_RESTART = 1012;
const TIMEOUTS: ReadonlySet<SessionEndReason> = new Set(["idle_timeout", "absolute_timeout"]);

export function createOpenSockets({
  settings,
  connections,
  observer,
}: Pick<Core, "settings" | "connections" | "observer">): OpenSockets {
  const { sockets, socketsPerSession } = settings.limits;
  const bySession = new Map<string, number>();
  /** Each closes one of them. */
  const open = new Set<() => void>();
  let count = 0;
  let isClosed = false;

  return {
    enter(session, route) {
      const { sid } = session;
      const own = bySession.get(sid) ?? 0;
      if (isClosed || count >= sockets || own >= socketsPerSession) return undefined;
      count += 1;
      bySession.set(sid, own + 1);
      let letGo: (by: ConnectionEnd) => void = () => undefined;
      return {
        open(closeSocket) {
          let closedBy: ConnectionEnd | undefined;
          const restart = (): void => {
            closedBy ??= "restart";
            closeSocket(SERVICE_RESTART, "restart");
          };
          open.add(restart);
          const reportEnd = observeConnection(observer, { route, kind: "websocket" });
          const stop = connections.hold(session, (reason) => {
            closedBy ??= "session";
            closeSocket(
              TIMEOUTS.has(reason) ? SOCKET_CODES.sessionTimedOut : SOCKET_CODES.sessionEnded,
              reason === "replaced" ? "signed_out" : reason,
            );
          });
          letGo = (by) => {
            open.delete(restart);
            stop();
            reportEnd(closedBy ?? by);
          };
          if (isClosed) restart();
        },
        leave(by = "client") {
          letGo(by);
          count -= 1;
          const left = (bySession.get(sid) ?? 1) - 1;
          if (left === 0) bySession.delete(sid);
          else bySession.set(sid, left);
        },
      };
    },
    close() {
      isClosed = true;
      for (const restart of open) restart();
    },
    get count() {
      return count;
    },
  };
}
