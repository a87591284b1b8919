import type { Ending, EndReason } from "../ledger/ledger.ts";
import type { LedgerAccess } from "../refresh/ledger-access.ts";
import type { SessionIdentity, SessionKeys } from "../refresh/session-address.ts";
import type { TimerPorts } from "../timer-ports.ts";

/** This process's copy of what has ended, so that a call with a living token needs no store. */
export interface EndedSessions {
  readonly add: (ending: Ending) => void;
  /** At once where nothing has to be asked or derived first. */
  reasonOf(session: SessionIdentity): EndReason | undefined | Promise<EndReason | undefined>;
  /** See `TokenKeeper.watchEnd`. */
  watch(session: SessionIdentity, onEnded: (reason: EndReason) => void): () => void;
}

/** Additions from one sweep to the next, at least. */
const SWEEP_EVERY = 1_000;
/** How often a ledger that delivers nothing by itself is asked while a session is watched. */
const LOOK_EVERY_MS = 500;

export function createEndedSessions(
  access: Pick<LedgerAccess, "keysOf" | "catchUp">,
  { nowMs, setTimeout, clearTimeout }: Pick<TimerPorts, "nowMs" | "setTimeout" | "clearTimeout">,
): EndedSessions {
  /** Each looks again when something with one of its session's keys has ended. */
  const watchers = new Map<string, Set<() => void>>();
  const sessions = new Map<string, { readonly reason: EndReason; readonly keepUntil: number }>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  let additionsToSweep = SWEEP_EVERY;

  /** The more there are, the rarer: without this, a million that come at once would each be looked at a thousand times. */
  function sweepNowAndThen(now: number): void {
    additionsToSweep -= 1;
    if (additionsToSweep > 0) return;
    for (const [key, { keepUntil }] of sessions) if (keepUntil <= now) sessions.delete(key);
    for (const [key, { keepUntil }] of tombstones) if (keepUntil <= now) tombstones.delete(key);
    additionsToSweep = Math.max(SWEEP_EVERY, (sessions.size + tombstones.size) / 2);
  }

  function knownReason({ record, tombstones: keys }: SessionKeys, iat: number): EndReason | undefined {
    const known = sessions.get(record);
    if (known !== undefined) return known.reason;
    return keys.some((key) => (tombstones.get(key)?.iat ?? -Infinity) >= iat) ? "revoked" : undefined;
  }

  function reasonOf(session: SessionIdentity): EndReason | undefined | Promise<EndReason | undefined> {
    const keys = access.keysOf(session);
    const isAtHand = access.catchUp === undefined && !(keys instanceof Promise);
    return isAtHand ? knownReason(keys, session.idTokenIat) : askReason(session, keys);
  }

  async function askReason(
    { idTokenIat }: SessionIdentity,
    keys: SessionKeys | Promise<SessionKeys>,
  ): Promise<EndReason | undefined> {
    await access.catchUp?.();
    return knownReason(await keys, idTokenIat);
  }

  return {
    add(ending) {
      const now = nowMs();
      const keepUntil = now + ending.keepMs;
      if (ending.kind === "session") {
        const known = sessions.get(ending.key);
        sessions.set(ending.key, { reason: known?.reason ?? ending.reason, keepUntil });
      } else {
        const known = tombstones.get(ending.key);
        tombstones.set(ending.key, { iat: Math.max(ending.iat, known?.iat ?? ending.iat), keepUntil });
      }
      sweepNowAndThen(now);
      for (const look of watchers.get(ending.key) ?? []) look();
    },
    reasonOf,
    watch(session, onEnded) {
      let watched: readonly string[] = [];
      let timer: unknown;
      let isStopped = false;

      function stop(): void {
        isStopped = true;
        clearTimeout(timer);
        for (const key of watched) {
          const looks = watchers.get(key);
          looks?.delete(look);
          if (looks?.size === 0) watchers.delete(key);
        }
      }
      function look(): void {
        void Promise.resolve(reasonOf(session)).then((reason) => {
          if (reason === undefined || isStopped) return;
          stop();
          onEnded(reason);
        });
      }
      function lookAgain(): void {
        look();
        timer = setTimeout(lookAgain, LOOK_EVERY_MS);
      }
      async function begin(): Promise<void> {
        const { record, tombstones: keys } = await access.keysOf(session);
        if (isStopped) return;
        watched = [record, ...keys];
        for (const key of watched) {
          const looks = watchers.get(key) ?? new Set();
          watchers.set(key, looks.add(look));
        }
        // It may have ended before.
        if (access.catchUp === undefined) look();
        else lookAgain();
      }

      void begin();
      return stop;
    },
  };
}
