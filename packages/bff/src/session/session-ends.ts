import type { EndReason, TokensEvent } from "@coatcheck/tokens";
import { createBoundedMap } from "../bounded-map.ts";
import type { Fingerprints } from "../fingerprints.ts";
import type { Background } from "../observe/background.ts";
import type { Log } from "../observe/log.ts";

/** Why a session is over. `replaced`: the same person signed in again in the same browser. */
export type SessionEndReason = EndReason | "idle_timeout" | "absolute_timeout";

/** A session that is over, as `BffPorts.onSessionEnd` is told of it. */
export interface SessionEnded {
  /** Hash of the session id, as it stands in the log; never the id itself. */
  readonly session: string;
  readonly reason: SessionEndReason;
  /** Whose it was; absent where this process hasn't seen the session lately. */
  readonly iss?: string;
  readonly sub?: string;
}

export type OnSessionEnd = (ended: SessionEnded) => void | Promise<void>;

/** A session and its person. */
interface Owned {
  readonly sid: string;
  readonly iss: string;
  readonly sub: string;
}

/** Tells `onSessionEnd` of each session once, whoever of this process finds out first. */
export interface SessionEnds {
  /** Remembers whose session it is: what ends it knows the hash alone. */
  know(session: Owned): Promise<void>;
  /** An end of this process's own doing. */
  observe(event: TokensEvent): void;
  /** A request showed a session that is over. Told is what nobody does but time and the provider. */
  see(session: Owned, reason: SessionEndReason): void;
}

export interface SessionEndsParts {
  readonly onSessionEnd: OnSessionEnd | undefined;
  readonly fingerprints: Pick<Fingerprints, "session">;
  readonly background: Background;
  readonly log: Log;
  /** @returns stops it */
  readonly startTimer: (onExpire: () => void, ms: number) => () => void;
}

const MAX_REMEMBERED = 5_000;
/** How long shutting down waits for what a hook began. */
const MAX_HOOK_MS = 10_000;
/** Ends that need no process: a deadline passed, or the provider named a person whose cookies are out there. */
const SEEN_REASONS: ReadonlySet<SessionEndReason> = new Set(["idle_timeout", "absolute_timeout", "revoked"]);

export function createSessionEnds(parts: SessionEndsParts): SessionEnds {
  const { onSessionEnd, fingerprints, background } = parts;
  if (onSessionEnd === undefined)
    return { know: () => Promise.resolve(), observe: () => undefined, see: () => undefined };

  const owners = createBoundedMap<string, Omit<Owned, "sid">>(MAX_REMEMBERED);
  const told = createBoundedMap<string, true>(MAX_REMEMBERED);

  async function know({ sid, iss, sub }: Owned): Promise<void> {
    owners.set(await fingerprints.session(sid), { iss, sub });
  }

  function tell(hook: OnSessionEnd, session: string, reason: SessionEndReason): void {
    if (told.get(session) !== undefined) return;
    told.set(session, true);
    const ended = { session, reason, ...owners.get(session) };
    // In the background: an answer neither waits for a hook nor fails with it.
    background.run(async () => {
      const overdue = Promise.withResolvers<"overdue">();
      const stop = parts.startTimer(() => overdue.resolve("overdue"), MAX_HOOK_MS);
      const calling = Promise.resolve().then(() => hook(ended));
      const failure = await Promise.race([calling.then(() => undefined, nameOf), overdue.promise]);
      stop();
      if (failure === undefined) return;
      parts.log({
        level: "error",
        event: "internal_error",
        during: "on_session_end",
        session,
        kind: failure,
      });
    });
  }

  return {
    know,
    observe(event) {
      if (event.kind === "session_ended") tell(onSessionEnd, event.session, event.reason);
    },
    see(session, reason) {
      if (!SEEN_REASONS.has(reason)) return;
      background.run(async () => {
        await know(session);
        tell(onSessionEnd, await fingerprints.session(session.sid), reason);
      });
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
