import { TokensError } from "../tokens-error.ts";
import { parseRecord, type SessionRecord } from "./ledger-record.ts";
import type { RecordAddress } from "./ledger.ts";
import type { StoreTransaction } from "./record-ledger.ts";

/** What one look at a record has shown. */
export interface RecordLook {
  /** Milliseconds by the store's clock. */
  readonly now: number;
  /** JSON; `undefined`: there is no record. */
  readonly body: string | undefined;
  /** What it had, by slot. */
  readonly sealed: ReadonlyMap<number, string>;
  /** By key; none: there is no such tombstone. */
  readonly tombstones: ReadonlyMap<string, { readonly iat: number; readonly keepUntil: number }>;
}

/** What a step writes, all of it at once. */
export interface RecordWrites {
  /** `gone`: the record is taken away; `undefined`: it stays as it is. */
  readonly record: "gone" | { readonly body: string; readonly keepUntil: number } | undefined;
  readonly put: ReadonlyMap<number, string>;
  readonly drop: readonly number[];
  /** Endings as JSON, with `keepUntil` among their members. */
  readonly endings: readonly { readonly text: string; readonly keepUntil: number }[];
  readonly tombstone: { readonly key: string; readonly iat: number; readonly keepUntil: number } | undefined;
}

/**
 * Makes a step on what one look has shown, and collects what it writes: for stores that can't be asked within a step.
 *
 * @returns `writes: undefined`: nothing was written
 * @throws {TokensError} `record_unreadable`
 */
export function runBuffered<T>(
  { tombstones }: Pick<RecordAddress, "tombstones">,
  look: RecordLook,
  step: (tables: StoreTransaction) => T,
): { readonly answer: T; readonly writes: RecordWrites | undefined } {
  const put = new Map<number, string>();
  const drop = new Set<number>();
  const endings: { readonly text: string; readonly keepUntil: number }[] = [];
  let isWritten = false;
  let tombstone: RecordWrites["tombstone"];
  try {
    let record: SessionRecord | undefined = look.body === undefined ? undefined : parseRecord(look.body);
    const answer = step({
      now: look.now,
      record: () => record,
      putRecord(_key, next) {
        record = next;
        isWritten = true;
      },
      sealed: (_key, slot) => put.get(slot) ?? look.sealed.get(slot),
      putSealed(_key, slot, sealed) {
        if (sealed === undefined) drop.add(slot);
        else put.set(slot, sealed);
      },
      tombstone: (key) => (tombstones.includes(key) ? look.tombstones.get(key) : undefined),
      putTombstone(key, { iat, keepUntil }) {
        tombstone = { key, iat, keepUntil };
      },
      notify(ending, keepUntil) {
        endings.push({ text: JSON.stringify({ ...ending, keepUntil }), keepUntil });
      },
    });
    if (!isWritten && tombstone === undefined) return { answer, writes: undefined };
    const written =
      record === undefined
        ? ("gone" as const)
        : { body: JSON.stringify(record), keepUntil: Math.ceil(record.keepUntil) };
    const kept = [...drop].filter((slot) => !put.has(slot));
    return {
      answer,
      writes: { record: isWritten ? written : undefined, put, drop: kept, endings, tombstone },
    };
  } catch (cause) {
    if (cause instanceof TokensError) throw cause;
    throw new TokensError("record_unreadable", "a record can't be read", { cause });
  }
}
