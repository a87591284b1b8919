import { parseRecord, type SessionRecord } from "../ledger-record.ts";
import type { Ending, RecordAddress } from "../ledger.ts";
import type { StoreTransaction } from "../record-ledger.ts";

/** What the `load` script answers. */
export interface RedisLook {
  readonly now: number;
  /** Fields and values alternate; absent: there is no record. */
  readonly hash?: readonly string[];
  /** For each: `iat` (empty: none) and lifetime. */
  readonly tombstones?: readonly (readonly [iat: string, leftMs: number])[];
}

export interface RedisTransaction {
  readonly tables: StoreTransaction;
  /** What the `commit` script wants; `undefined` where nothing was written. */
  changes(): object | undefined;
}

/** Makes a step on what one look has shown, and collects what it writes. */
export function createRedisTransaction(
  at: Pick<RecordAddress, "tombstones">,
  look: RedisLook,
): RedisTransaction {
  const { hash = [], tombstones = [] } = look;
  const fields = new Map<string, string>();
  for (let index = 0; index < hash.length; index += 2) {
    fields.set(hash[index] ?? "", hash[index + 1] ?? "");
  }
  const meta = fields.get("meta");
  const put = new Map<string, string>();
  const drop = new Set<string>();
  const endings: { readonly text: string; readonly keepUntil: number }[] = [];
  let record: SessionRecord | undefined = meta === undefined ? undefined : parseRecord(meta);
  let isWritten = false;
  let tombstone: { readonly iat: string; readonly keepUntil: number } | undefined;

  const tables: StoreTransaction = {
    now: look.now,
    record: () => record,
    putRecord(_key, next) {
      record = next;
      isWritten = true;
    },
    sealed: (_key, generation) => put.get(`s:${generation}`) ?? fields.get(`s:${generation}`),
    putSealed(_key, generation, sealed) {
      if (sealed === undefined) drop.add(`s:${generation}`);
      else put.set(`s:${generation}`, sealed);
    },
    tombstone(key) {
      const [iat = "", leftMs = 0] = tombstones[at.tombstones.indexOf(key)] ?? [];
      return iat === "" ? undefined : { iat: Number(iat), keepUntil: look.now + leftMs };
    },
    putTombstone(_key, { iat, keepUntil }) {
      tombstone = { iat: String(iat), keepUntil };
    },
    notify(ending: Ending, keepUntil) {
      endings.push({ text: JSON.stringify({ ...ending, keepUntil }), keepUntil });
    },
  };
  return {
    tables,
    changes() {
      if (!isWritten && tombstone === undefined) return undefined;
      return {
        version: fields.get("v") ?? "",
        tombstones: tombstones.map(([iat]) => iat),
        isGone: isWritten && record === undefined,
        ...(isWritten && record !== undefined
          ? { meta: JSON.stringify(record), keepUntil: String(Math.ceil(record.keepUntil)) }
          : {}),
        put: [...put],
        drop: [...drop],
        endings,
        ...(tombstone === undefined ? {} : { tombstone }),
      };
    },
  };
}
