import type { EndReason, TokensEvent } from "@coatcheck/tokens";
import QuickLRU from "quick-lru";
import type { Core } from "../parts.ts";
import { runHook } from "./run-hook.ts";

/** Why a session is over. `replaced`: the same person signed in again in the same browser. */
export type SessionEndReason = EndReason | "idle_timeout" | "absolute_timeout";

/** What `BffPorts.onSessionEnd` gets. */
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

/** Calls `onSessionEnd` once for each session, whatever part of this process finds out first. */
export interface SessionEndHook {
  /** Remembers whose session it is: events of the keeper of tokens carry the hash alone. */
  rememberOwner(session: Owned): Promise<void> | undefined;
  /** Calls the hook for sessions that this process ended. */
  onTokensEvent(event: TokensEvent): void;
  /**
   * A request showed a session that is over.
   *
   * The hook is called where no process ended it: a deadline passed, or the provider named a person. A session that another
   * process ended was reported there.
   */
  onShown(session: Owned, reason: SessionEndReason): void;
}

const MAX_REMEMBERED = 5_000;
/** Ends without a process that knows which session it was. */
const REPORTED_WHEN_SHOWN: ReadonlySet<SessionEndReason> = new Set([
  "idle_timeout",
  "absolute_timeout",
  "revoked",
]);

export function createSessionEndHook(
  onSessionEnd: OnSessionEnd | undefined,
  parts: Pick<Core, "fingerprints" | "background" | "log" | "startTimer">,
): SessionEndHook {
  const { fingerprints, background } = parts;
  if (onSessionEnd === undefined)
    return {
      rememberOwner: () => undefined,
      onTokensEvent: () => undefined,
      onShown: () => undefined,
    };

  const owners = new QuickLRU<string, Omit<Owned, "sid">>({ maxSize: MAX_REMEMBERED });
  const reported = new QuickLRU<string, true>({ maxSize: MAX_REMEMBERED });

  async function rememberOwner({ sid, iss, sub }: Owned): Promise<void> {
    owners.set(await fingerprints.session(sid), { iss, sub });
  }

  function report(hook: OnSessionEnd, session: string, reason: SessionEndReason): void {
    if (reported.has(session)) return;
    reported.set(session, true);
    const ended = { session, reason, ...owners.get(session) };
    // In the background: an answer neither waits for a hook nor fails with it.
    background.run(async () => void (await runHook(() => hook(ended), "on_session_end", session, parts)));
  }

  return {
    rememberOwner,
    onTokensEvent(event) {
      if (event.kind === "session_ended") report(onSessionEnd, event.session, event.reason);
    },
    onShown(session, reason) {
      if (!REPORTED_WHEN_SHOWN.has(reason)) return;
      background.run(async () => {
        await rememberOwner(session);
        report(onSessionEnd, await fingerprints.session(session.sid), reason);
      });
    },
  };
}
