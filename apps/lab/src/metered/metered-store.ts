import type { Ledger } from "@coatcheck/tokens";
import { openMeteredPostgres } from "./metered-postgres.ts";
import { openMeteredRedis } from "./metered-redis.ts";
import { openMeteredSqlite } from "./metered-sqlite.ts";

/** What a store has done since it was opened. Differences of two readings are what lies between. */
export interface StoreReading {
  /** Messages to the store and back, as its clients counted them. */
  readonly roundTrips: number;
  /** As the store counts them: commands, also those inside scripts; statements of SQL. */
  readonly commands: number;
  readonly bytesToStore: number;
  readonly bytesFromStore: number;
  readonly cpuSeconds: number;
  /** Written to its log: append-only file, write-ahead log. */
  readonly logBytes: number;
}

/** A real store of its own, empty, with meters. */
export interface MeteredStore {
  /** Another instance's way to it. */
  openLedger(): Promise<Ledger>;
  read(): Promise<StoreReading>;
  /** What its data take up now. */
  dataBytes(): Promise<number>;
  close(): Promise<void>;
}

/** By the name of the ledger. Each throws where its program isn't installed. */
export const METERED_STORES = {
  redis: openMeteredRedis,
  postgres: openMeteredPostgres,
  sqlite: openMeteredSqlite,
} as const satisfies Record<string, () => Promise<MeteredStore>>;

export type MeteredName = keyof typeof METERED_STORES;

export function difference(before: StoreReading, after: StoreReading): StoreReading {
  const names = Object.keys(before) as (keyof StoreReading)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as StoreReading;
}
