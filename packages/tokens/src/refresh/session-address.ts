import QuickLRU from "quick-lru";
import type { SessionRef } from "../grant/session-ref.ts";
import type { SuccessorCrypto } from "../grant/successor-crypto.ts";
import type { RecordAddress } from "../ledger/ledger.ts";
import type { KeeperPolicy } from "./keeper-policy.ts";

/** The parts of a session that say where its record is. */
export type SessionIdentity = Omit<SessionRef, "grant" | "arrivedAt">;

export interface SessionKeys {
  readonly record: string;
  readonly tombstones: readonly string[];
  /** For logs: leads to no record. */
  readonly logId: string;
}

/** What a provider calls a person, or one of its sessions. */
export interface TombstoneTarget {
  readonly iss: string;
  readonly sub?: string;
  readonly idpSid?: string;
}

/** How long a record lives, as a `RecordAddress` says it. */
export type RecordLife = Pick<RecordAddress, "keepMs" | "endedKeepMs">;

export interface SessionAddresses {
  /** At once where they were derived before. */
  keysOf(session: SessionIdentity): SessionKeys | Promise<SessionKeys>;
  addressOf(session: SessionIdentity): Promise<RecordAddress>;
  /** @param absoluteDeadline milliseconds since the epoch */
  lifeOf(absoluteDeadline: number): RecordLife;
  /** The key of a person's record, where their sessions are indexed: no session's, whose keys are base64url. */
  personKeyOf(person: { readonly iss: string; readonly sub: string }): Promise<string>;
  tombstonesOf(target: TombstoneTarget): Promise<readonly string[]>;
}

const MAX_CACHED = 20_000;
const LOG_ID_CHARS = 16;
/** From the arrival of a request to its response's headers, at most. */
const LONGEST_REQUEST_MS = 300_000;

/** Derives where sessions are kept, and remembers it: a key derivation costs more than a look at a map. */
export function createSessionAddresses(
  crypto: SuccessorCrypto,
  policy: Pick<KeeperPolicy, "idleTimeoutSeconds">,
  nowMs: () => number,
): SessionAddresses {
  const cache = new QuickLRU<string, SessionKeys | Promise<SessionKeys>>({ maxSize: MAX_CACHED });

  async function derive(session: SessionIdentity): Promise<SessionKeys> {
    const { iss, sub, idpSid } = session;
    const bySub = await crypto.fingerprint("sub", [iss, sub]);
    const bySid =
      idpSid === undefined
        ? await crypto.fingerprint("sub without sid", [iss, sub])
        : await crypto.fingerprint("sid", [iss, idpSid]);
    const tombstones = [bySub, bySid];
    const logId = await crypto.fingerprint("log", [session.sid]);
    const record = await crypto.locate(session.sid);
    return { record, tombstones, logId: logId.slice(0, LOG_ID_CHARS) };
  }

  function keysOf(session: SessionIdentity): SessionKeys | Promise<SessionKeys> {
    const { sid } = session;
    const known = cache.get(sid);
    if (known !== undefined) return known;
    const deriving = derive(session);
    cache.set(sid, deriving);
    deriving.then(
      (keys) => cache.set(sid, keys),
      () => cache.delete(sid),
    );
    return deriving;
  }

  function lifeOf(absoluteDeadline: number): RecordLife {
    const bound = policy.idleTimeoutSeconds * 1_000 + LONGEST_REQUEST_MS;
    const left = Math.max(0, absoluteDeadline - nowMs());
    return { keepMs: Math.min(bound, left), endedKeepMs: Math.min(bound, left + LONGEST_REQUEST_MS) };
  }

  return {
    keysOf,
    lifeOf,
    async addressOf(session) {
      const { record: key, tombstones } = await keysOf(session);
      return { key, tombstones, idTokenIat: session.idTokenIat, ...lifeOf(session.absoluteDeadline) };
    },
    async personKeyOf({ iss, sub }) {
      return `person:${await crypto.fingerprint("person", [iss, sub])}`;
    },
    async tombstonesOf({ iss, sub, idpSid }) {
      if (idpSid === undefined) return [await crypto.fingerprint("sub", [iss, sub ?? ""])];
      const bySid = await crypto.fingerprint("sid", [iss, idpSid]);
      // A session that doesn't know what the provider calls it may be the one.
      return sub === undefined ? [bySid] : [bySid, await crypto.fingerprint("sub without sid", [iss, sub])];
    },
  };
}
