import { runBuffered } from "../buffered-step.ts";
import type { RecordAddress } from "../ledger.ts";
import type { StoreTransaction } from "../record-ledger.ts";

/** What the `load` script answers. */
export interface RedisLook {
  readonly now: number;
  /** Fields and values alternate; absent: there is no record. */
  readonly hash?: readonly string[];
  /** For each: `iat` (empty: none) and lifetime. */
  readonly tombstones?: readonly (readonly [iat: string, leftMs: number])[];
}

/**
 * Makes a step on what one look has shown.
 *
 * @returns `written`: what the `commit` script wants; `undefined` where nothing was written
 * @throws {TokensError} `record_unreadable`
 */
export function runOnLook<T>(
  at: Pick<RecordAddress, "tombstones">,
  { now, hash = [], tombstones = [] }: RedisLook,
  step: (tables: StoreTransaction) => T,
): { readonly answer: T; readonly written: object | undefined } {
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
  if (writes === undefined) return { answer, written: undefined };
  const { record, put, drop, endings, tombstone } = writes;
  const written = {
    version: fields.get("v") ?? "",
    tombstones: tombstones.map(([iat]) => iat),
    isGone: record === "gone",
    ...(typeof record === "object" ? { meta: record.body, keepUntil: String(record.keepUntil) } : {}),
    put: [...put].map(([slot, value]) => [`s:${slot}`, value]),
    drop: drop.map((slot) => `s:${slot}`),
    endings,
    ...(tombstone === undefined
      ? {}
      : { tombstone: { iat: String(tombstone.iat), keepUntil: tombstone.keepUntil } }),
  };
  return { answer, written };
}
