import { SOCKET_CODES } from "@coatcheck/contract";
import type { Core } from "../parts.ts";
import { anonymousReason } from "./request-session.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import type { SessionValue } from "./session-value.ts";

/** Closes a WebSocket, with a code and a reason for the page. */
export type CloseSocket = (code: number, reason: string) => void;

/** A place for one WebSocket, taken before the API is contacted. */
export interface SocketPlace {
  /** From now on it is closed with its session, and with the process. */
  open(close: CloseSocket): void;
  /** To be called once: it isn't open any more, or never was. */
  leave(): void;
}

/** The WebSockets of this process: no more than the limits, and none longer than its session. */
export interface OpenSockets {
  /** @returns `undefined`: there are too many */
  enter(session: SessionValue): SocketPlace | undefined;
  /** Closes all with 1012, since the process restarts, and lets no more in. */
  close(): void;
  readonly count: number;
}

const SERVICE_RESTART = 1012;
const TIMEOUTS: ReadonlySet<SessionEndReason> = new Set(["idle_timeout", "absolute_timeout"]);

export function createOpenSockets({
  settings,
  connections,
}: Pick<Core, "settings" | "connections">): OpenSockets {
  const { sockets, socketsPerSession } = settings.limits;
  const bySession = new Map<string, number>();
  const open = new Set<CloseSocket>();
  let count = 0;
  let isClosed = false;

  return {
    enter(session) {
      const { sid } = session;
      const own = bySession.get(sid) ?? 0;
      if (isClosed || count >= sockets || own >= socketsPerSession) return undefined;
      count += 1;
      bySession.set(sid, own + 1);
      let letGo = (): void => undefined;
      return {
        open(close) {
          open.add(close);
          const stop = connections.hold(session, (reason) =>
            close(
              TIMEOUTS.has(reason) ? SOCKET_CODES.sessionTimedOut : SOCKET_CODES.sessionEnded,
              anonymousReason(reason),
            ),
          );
          letGo = () => {
            open.delete(close);
            stop();
          };
          if (isClosed) close(SERVICE_RESTART, "restart");
        },
        leave() {
          letGo();
          count -= 1;
          const left = (bySession.get(sid) ?? 1) - 1;
          if (left === 0) bySession.delete(sid);
          else bySession.set(sid, left);
        },
      };
    },
    close() {
      isClosed = true;
      for (const close of open) close(SERVICE_RESTART, "restart");
    },
    get count() {
      return count;
    },
  };
}
