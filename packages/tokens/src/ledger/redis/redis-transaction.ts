import { runBuffered, type RecordWrites } from "../buffered-step.ts";
import type { RecordAddress } from "../ledger.ts";
import type { StoreTransaction } from "../record-ledger.ts";

/** A write that comes so long after its look was held back on its way: its caller is about to give up, or has. */
const LATE_MS = 4_000;

/** What was found of a record and its tombstones, by the clock of the node that has the record. */
export interface RedisLook {
  readonly now: number;
  /** Fields and values alternate; none: there is no record. */
  readonly hash: readonly string[];
  /** In the order of the address: `iat` (empty: none) and lifetime. */
  readonly tombstones: readonly (readonly [iat: string, leftMs: number])[];
}

/** What a step wants to be written. */
interface RedisWrites {
  /** What the `commit` script wants; `undefined`: the record stays as it is. */
  readonly record: object | undefined;
  readonly endings: RecordWrites["endings"];
  readonly tombstone: { readonly key: string; readonly iat: string; readonly keepMs: number } | undefined;
}

/**
 * Makes a step on what one look has shown.
 *
 * @throws {TokensError} `record_unreadable`
 */
export function runOnLook<T>(
  at: Pick<RecordAddress, "tombstones">,
  { now, hash, tombstones }: RedisLook,
  step: (tables: StoreTransaction) => T,
): { readonly answer: T } & RedisWrites {
  const fields = new Map<string, string>();
  for (let index = 0; index < hash.length; index += 2) {
    fields.set(hash[index] ?? "", hash[index + 1] ?? "");
  }
  const sealed = new Map<number, string>();
  for (const [name, value] of fields) if (name.startsWith("s:")) sealed.set(Number(name.slice(2)), value);
  const known = tombstones.flatMap(([iat, leftMs], index) =>
    iat === "" ? [] : [[at.tombstones[index] ?? "", { iat: Number(iat), keepUntil: now + leftMs }] as const],
  );
  const look = { now, body: fields.get("meta"), sealed, tombstones: new Map(known) };
  const { answer, writes } = runBuffered(at, look, step);
  if (writes === undefined) return { answer, record: undefined, endings: [], tombstone: undefined };
  const { record, put, drop, endings, tombstone } = writes;
  const change = {
    version: fields.get("v") ?? "",
    lookedAt: now,
    withinMs: LATE_MS,
    isGone: record === "gone",
    ...(typeof record === "object" ? { meta: record.body, keepUntil: String(record.keepUntil) } : {}),
    put: [...put].map(([slot, value]) => [`s:${slot}`, value]),
    drop: drop.map((slot) => `s:${slot}`),
  };
  return {
    answer,
    record: record === undefined ? undefined : change,
    endings,
    tombstone:
      tombstone === undefined
        ? undefined
        : { key: tombstone.key, iat: String(tombstone.iat), keepMs: tombstone.keepUntil - now },
  };
}
