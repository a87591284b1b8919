import type { SessionRef } from "../grant/session-ref.ts";
import { createBoundedMap } from "../bounded-map.ts";
import type { RecordAddress } from "../ledger/ledger.ts";
import type { KeeperPolicy } from "./policy.ts";
import type { SuccessorCrypto } from "../grant/successor-crypto.ts";

/** The parts of a session that say where its record is. */
export type SessionIdentity = Omit<SessionRef, "grant" | "arrivedAt">;

export interface SessionKeys {
  readonly record: string;
  readonly tombstones: readonly string[];
  /** For logs: leads to no record. */
  readonly logId: string;
}

export interface SessionAddresses {
  keysOf(session: SessionIdentity): Promise<SessionKeys>;
  addressOf(session: SessionIdentity): Promise<RecordAddress>;
  tombstoneOf(target: {
    readonly iss: string;
    readonly sub?: string;
    readonly idpSid?: string;
  }): Promise<string>;
}

const MAX_CACHED = 20_000;
const LOG_ID_CHARS = 16;

/** Derives where sessions are kept, and remembers it: a key derivation costs more than a look at a map. */
export function createSessionAddresses(
  crypto: SuccessorCrypto,
  policy: KeeperPolicy,
  nowMs: () => number,
): SessionAddresses {
  const cache = createBoundedMap<string, Promise<SessionKeys>>(MAX_CACHED);

  async function derive(session: SessionIdentity): Promise<SessionKeys> {
    const { iss, sub, idpSid } = session;
    const tombstones = [await crypto.fingerprint("sub", [iss, sub])];
    if (idpSid !== undefined) tombstones.push(await crypto.fingerprint("sid", [iss, idpSid]));
    const logId = await crypto.fingerprint("log", [session.sid]);
    return { record: await crypto.locate(session.sid), tombstones, logId: logId.slice(0, LOG_ID_CHARS) };
  }

  function keysOf(session: SessionIdentity): Promise<SessionKeys> {
    const known = cache.get(session.sid);
    if (known !== undefined) return known;
    const keys = derive(session);
    cache.set(session.sid, keys);
    keys.catch(() => cache.delete(session.sid));
    return keys;
  }

  return {
    keysOf,
    async addressOf(session) {
      const keys = await keysOf(session);
      const bound = policy.idleTimeoutSeconds * 1_000 + policy.longestRequestMs;
      const left = Math.max(0, session.absoluteDeadline - nowMs());
      return {
        key: keys.record,
        tombstones: keys.tombstones,
        idTokenIat: session.idTokenIat,
        keepMs: Math.min(bound, left),
        endedKeepMs: Math.min(bound, left + policy.longestRequestMs),
      };
    },
    async tombstoneOf({ iss, sub, idpSid }) {
      return idpSid === undefined
        ? crypto.fingerprint("sub", [iss, sub ?? ""])
        : crypto.fingerprint("sid", [iss, idpSid]);
    },
  };
}
