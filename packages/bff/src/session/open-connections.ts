import { logInternalError } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { JudgeSession } from "./judge-session.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import { sessionRef } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * What is open in a session's name after its answer's head has left: event streams, downloads, WebSockets. Each is told when
 * the session is over, wherever it ended, so that nothing goes on in the name of somebody who has signed out.
 */
export interface OpenConnections {
  /**
   * Tells a connection once that its session is over: at most 1 s after it ended, or after its deadline passed.
   *
   * @returns lets go of the connection, which has ended by itself
   */
  hold(value: SessionValue, onOver: (reason: SessionEndReason) => void): () => void;
  /** How many connections of a session are open. */
  countOf(sid: string): number;
  /** How many are open, by the id of their session. */
  counts(): Iterable<readonly [string, number]>;
  /** A request has moved the session's idle deadline. */
  touched(value: SessionValue): void;
}

/** One session with open connections. */
interface HeldSession {
  value: SessionValue;
  /** When one of its deadlines passes, milliseconds since the epoch. */
  dueAt: number;
  readonly listeners: Set<(reason: SessionEndReason) => void>;
  readonly stopWatching: () => void;
}

/** One timer for all sessions: their deadlines move with each call. */
const SWEEP_EVERY_MS = 500;
/** The store can't be asked, so nobody may call the session over. */
const LOOK_AGAIN_MS = 5_000;

export function createOpenConnections(
  parts: Pick<Core, "providers" | "endHook" | "log" | "nowMs" | "startTimer">,
  judge: JudgeSession,
): OpenConnections {
  const held = new Map<string, HeldSession>();
  let isSweeping = false;

  function end(session: HeldSession, reason: SessionEndReason): void {
    const { sid } = session.value;
    if (held.get(sid) !== session) return;
    held.delete(sid);
    session.stopWatching();
    parts.endHook.onShown(session.value, reason);
    for (const onOver of session.listeners) onOver(reason);
  }

  async function judgeDue(session: HeldSession, now: number): Promise<void> {
    const { value } = session;
    session.dueAt = now + LOOK_AGAIN_MS;
    if (value.absoluteDeadline <= now) return end(session, "absolute_timeout");
    const standing = await judge({ value, isPastIdleDeadline: value.idleDeadline <= now }, now);
    if (standing.kind === "over") end(session, standing.reason);
    if (standing.kind === "live") update(session, standing.session.value);
  }

  function sweep(): void {
    const now = parts.nowMs();
    for (const session of held.values())
      if (session.dueAt <= now)
        judgeDue(session, now).catch((error) => logInternalError(parts.log, error, { during: "deadline" }));
    isSweeping = held.size > 0;
    if (isSweeping) parts.startTimer(sweep, SWEEP_EVERY_MS);
  }

  function begin(value: SessionValue): HeldSession {
    const session: HeldSession = {
      value,
      dueAt: dueOf(value),
      listeners: new Set(),
      stopWatching: parts.providers
        .of(value)
        .keeper.watchEnd(sessionRef(value, parts.nowMs()), (reason) => end(session, reason)),
    };
    held.set(value.sid, session);
    if (!isSweeping) {
      isSweeping = true;
      parts.startTimer(sweep, SWEEP_EVERY_MS);
    }
    return session;
  }

  return {
    hold(value, onOver) {
      const session = held.get(value.sid) ?? begin(value);
      const listener = (reason: SessionEndReason): void => onOver(reason);
      session.listeners.add(listener);
      return () => {
        session.listeners.delete(listener);
        if (session.listeners.size > 0 || held.get(value.sid) !== session) return;
        held.delete(value.sid);
        session.stopWatching();
      };
    },
    countOf: (sid) => held.get(sid)?.listeners.size ?? 0,
    *counts() {
      for (const [sid, { listeners }] of held) yield [sid, listeners.size];
    },
    touched(value) {
      const session = held.get(value.sid);
      if (session !== undefined && value.idleDeadline > session.value.idleDeadline) update(session, value);
    },
  };
}

function update(session: HeldSession, value: SessionValue): void {
  session.value = value;
  session.dueAt = dueOf(value);
}

function dueOf({ idleDeadline, absoluteDeadline, grant }: SessionValue): number {
  return Math.min(idleDeadline, absoluteDeadline, grant.refreshExpiresAt ?? Infinity);
}
