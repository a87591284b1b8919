import QuickLRU from "quick-lru";
import type { IndexedSession, Ledger, RecordAddress, SessionIndex } from "../ledger/ledger.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import type { SessionAddresses, SessionIdentity } from "../refresh/session-address.ts";
import { LEDGER_UNAVAILABLE } from "./end-session.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { TokenKeeper, Unavailable } from "./token-keeper.ts";

/** Somebody at one provider: the same `sub` at another one is another person. */
export interface SessionOwner {
  readonly iss: string;
  readonly sub: string;
}

/** One of a person's living sessions. */
export interface ListedSession extends Pick<
  IndexedSession,
  "id" | "signedInAt" | "usedAt" | "absoluteDeadline" | "labels"
> {}

/** What a process knows of a session that is in use. */
export interface SeenSession extends Pick<IndexedSession, "signedInAt" | "usedAt" | "labels"> {
  readonly session: SessionIdentity;
}

/** The sessions that a person has, in all their browsers, as far as they were noted. */
export interface SessionList {
  /**
   * Notes that a session is in use; writes at its first use and then about once in half an idle time, in each process. Never
   * rejects: what can't be written is written at a later use.
   */
  note(seen: SeenSession): Promise<void>;
  /** Takes an ended one off the list, to which others would otherwise belong. Never rejects: an ended session isn't shown. */
  forget(session: SessionIdentity): Promise<void>;
  /** Those that are alive, last used first; at most 30. */
  list(
    person: SessionOwner,
  ): Promise<{ readonly kind: "listed"; readonly sessions: readonly ListedSession[] } | Unavailable>;
  /**
   * Ends one (`revoked`), in all processes within 1 s. What its own cookie alone can open, the refresh token, isn't revoked.
   *
   * @returns `isNew: false`: none of theirs, or over already
   */
  end(
    person: SessionOwner,
    id: string,
  ): Promise<{ readonly kind: "ended"; readonly isNew: boolean } | Unavailable>;
  /**
   * Ends all of them, also those that nobody noted, as a back-channel logout by `sub` does.
   *
   * @param iat seconds by the provider's clock: sessions whose ID token isn't later end; later ones only if they were noted.
   */
  endAll(person: SessionOwner, iat: number): ReturnType<TokenKeeper["endBy"]>;
}

const MAX_REMEMBERED = 20_000;
/** No generation is as high: nobody needs sealed successors here. */
const NO_SUCCESSORS = Number.MAX_SAFE_INTEGER;

type IndexingLedger = Ledger & SessionIndex;

/** @returns `undefined` where the ledger has no index, or dies with this process: it would leave out the others' sessions. */
export function createSessionList(
  ledger: Ledger,
  addresses: SessionAddresses,
  ended: EndedSessions,
  endBy: TokenKeeper["endBy"],
  { access, policy, ports, observer, track }: RefreshParts,
): SessionList | undefined {
  if (!ledger.outlivesProcess || !hasIndex(ledger)) return undefined;
  const idleMs = policy.idleTimeoutSeconds * 1_000;
  const everyMs = idleMs / 2;
  /** By session id: when this process noted it last, by the monotonic clock. */
  const noted = new QuickLRU<string, number>({ maxSize: MAX_REMEMBERED });

  async function placeOf(person: SessionOwner, keepMs = 0): Promise<RecordAddress> {
    const key = await addresses.personKeyOf(person);
    return { key, tombstones: [], idTokenIat: 0, keepMs, endedKeepMs: keepMs };
  }

  function addressOf({ key, tombstones, idTokenIat, absoluteDeadline }: IndexedSession): RecordAddress {
    return { key, tombstones, idTokenIat, ...addresses.lifeOf(absoluteDeadline) };
  }

  async function write({ session, ...seen }: SeenSession): Promise<void> {
    const { record: key, tombstones, logId: id } = await addresses.keysOf(session);
    const { idTokenIat, absoluteDeadline } = session;
    // As long as it may live without being noted again; that it is over earlier, its own record tells.
    const keepMs = Math.min(everyMs + 2 * idleMs, Math.max(0, absoluteDeadline - ports.nowMs()));
    const at = await placeOf(session, keepMs);
    const entry: IndexedSession = { id, key, tombstones, idTokenIat, absoluteDeadline, ...seen };
    await access.askIfUp(session, (found) =>
      (found as IndexingLedger).indexSession(at, { session: entry, everyMs }),
    );
  }

  /** With the last use that its own record knows of; `undefined`: it is over. */
  async function living(found: Ledger, session: IndexedSession): Promise<IndexedSession | undefined> {
    const view = await found.read(addressOf(session), NO_SUCCESSORS);
    if (view.ended !== undefined) return undefined;
    const usedAt = Math.max(session.usedAt, view.touchedAt ?? 0);
    const isOver = Math.min(usedAt + idleMs, session.absoluteDeadline) <= ports.nowMs();
    return isOver ? undefined : { ...session, usedAt };
  }

  async function livingOf(person: SessionOwner): Promise<readonly IndexedSession[]> {
    const at = await placeOf(person);
    return access.askPatiently(undefined, async (found) => {
      const sessions = await (found as IndexingLedger).indexedSessions(at);
      const looked = await Promise.all(sessions.map((session) => living(found, session)));
      return looked.filter((session) => session !== undefined).toSorted((a, b) => b.usedAt - a.usedAt);
    });
  }

  async function endOne(person: SessionOwner, session: IndexedSession): Promise<boolean> {
    const at = addressOf(session);
    const place = await placeOf(person);
    const answer = await access.askPatiently(undefined, (found) =>
      found.end(at, { generation: NO_SUCCESSORS, reason: "revoked" }),
    );
    ended.add({ kind: "session", key: at.key, reason: answer.reason, keepMs: at.endedKeepMs });
    if (!answer.wasEnded) observer({ kind: "session_ended", session: session.id, reason: answer.reason });
    track(
      access
        .askPatiently(undefined, (found) => (found as IndexingLedger).unindexSession(place, session.id))
        // It isn't shown in any case.
        .catch(() => undefined),
    );
    return !answer.wasEnded;
  }

  return {
    async note(seen) {
      const { sid } = seen.session;
      const now = ports.monotonicMs();
      const last = noted.get(sid);
      if (last !== undefined && now - last < everyMs) return;
      noted.set(sid, now);
      try {
        await write(seen);
      } catch {
        // The observer knows of the store's trouble.
        noted.delete(sid);
      }
    },
    async forget(session) {
      try {
        const [at, { logId }] = await Promise.all([placeOf(session), addresses.keysOf(session)]);
        await access.askIfUp(session, (found) => (found as IndexingLedger).unindexSession(at, logId));
      } catch {
        // The observer knows; the entry goes when its time is over.
        return;
      }
    },
    async list(person) {
      try {
        const sessions = await livingOf(person);
        return { kind: "listed", sessions: sessions.map(toListed) };
      } catch {
        // The observer knows.
        return LEDGER_UNAVAILABLE;
      }
    },
    async end(person, id) {
      try {
        const session = (await livingOf(person)).find((candidate) => candidate.id === id);
        return { kind: "ended", isNew: session !== undefined && (await endOne(person, session)) };
      } catch {
        // The observer knows.
        return LEDGER_UNAVAILABLE;
      }
    },
    async endAll(person, iat) {
      try {
        const sessions = await livingOf(person);
        return await endBy({
          ...person,
          iat: Math.max(iat, ...sessions.map(({ idTokenIat }) => idTokenIat)),
        });
      } catch {
        // The observer knows.
        return LEDGER_UNAVAILABLE;
      }
    },
  };
}

function hasIndex(ledger: Ledger): ledger is IndexingLedger {
  const { indexSession, unindexSession, indexedSessions } = ledger;
  return [indexSession, unindexSession, indexedSessions].every((method) => method !== undefined);
}

function toListed({ id, signedInAt, usedAt, absoluteDeadline, labels }: IndexedSession): ListedSession {
  return { id, signedInAt, usedAt, absoluteDeadline, labels };
}
