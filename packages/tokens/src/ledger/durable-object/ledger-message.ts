import type { Ending } from "../ledger.ts";
import type { LedgerSteps } from "../record-ledger.ts";

/** Endings in the order in which they came, each under a number that only rises. */
export type NumberedEnding = { readonly seq: number; readonly ending: Ending };

/** What the object answers: the steps of a ledger, and what else is kept beside the records. */
export interface ObjectMethods extends LedgerSteps {
  /** Endings after `seq`, oldest first. */
  endings(seq: number): Promise<readonly NumberedEnding[]>;
  stats(): Promise<{ readonly records: number; readonly tombstones: number }>;
}

export type ObjectMethod = keyof ObjectMethods;

/** One call, as JSON in a request's body. */
export interface ObjectCall {
  readonly method: ObjectMethod;
  readonly args: readonly unknown[];
}

/** Its outcome, as JSON in the answer's body. */
export type ObjectAnswer =
  | { readonly kind: "answer"; readonly value?: unknown }
  | {
      readonly kind: "failure";
      readonly code: "ledger_unreachable" | "record_unreadable";
      readonly message: string;
    };
