import { readFileSync } from "node:fs";
import type { CheckReport } from "./check-run.ts";
import type { DeedName } from "./deeds.ts";
import type { DeedCost } from "./measure-deeds.ts";

/** What one ledger costs, as it was measured on a real store. */
export interface LedgerFigures {
  readonly deeds: Readonly<Record<DeedName, DeedCost>>;
  /** Bytes in the store: of a session that has refreshed once, and for each more refresh that it still remembers. */
  readonly recordBytes: number;
  readonly generationBytes: number;
  /** Of a sign-out and of a back-channel logout, with what tells all instances of it. */
  readonly signOutBytes: number;
  readonly backChannelBytes: number;
  /** One process looks for endings once, and finds none. */
  readonly look: Pick<DeedCost, "bytesToStore" | "bytesFromStore" | "storeCpuMicros">;
  /** For each ending that a process gets. */
  readonly bytesAnEndingSent: number;
  /** Until an instance that starts knows so many endings, which it waits for before it serves. */
  readonly start: { readonly endings: number; readonly seconds: number };
}

export type MeasuredLedger = "redis" | "postgres";

/** What the model is fed with. */
export interface ScaleFigures {
  /** On what, in words. */
  readonly machine: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** A whole call with a living token through the production server; `pnpm bench`, `get-1k`. */
  readonly callCpuMicros: number;
  readonly processMib: number;
  /** In the memory of each process. */
  readonly endingBytes: number;
  readonly endingCpuMicros: number;
  readonly ledgers: Readonly<Record<MeasuredLedger, LedgerFigures>>;
  /** Real runs beside the model, the last of each ledger. */
  readonly checks?: readonly CheckReport[];
}

export function readScaleFigures(file: string): ScaleFigures {
  return JSON.parse(readFileSync(file, "utf8")) as ScaleFigures;
}
