import type { CallOutcome } from "../stage/visitor.ts";

/** Something that was done to the installation, and until when an answer may be put down to it. */
export interface Disruption {
  readonly kind: "deploy" | "failover" | "client secret" | "cookie key";
  readonly fromMs: number;
  /** Infinite while it is under way. */
  untilMs: number;
}

/** Calls of a run by how they were answered. */
export interface SoakTally {
  calls: number;
  ok: number;
  /** Others, by status, our code and what was going on: `503 ledger_unavailable: failover`. */
  readonly explained: Record<string, number>;
  /** Those that nothing explains. */
  readonly unexplained: Record<string, number>;
}

/** How long after a disruption its last effects count: as long as a store must be well before it counts as well. */
const AFTER_MS = 20_000;
/** Answers that say that the store can't be reached: the session lives, and its page asks again. */
const STORE_CODES: ReadonlySet<string | undefined> = new Set(["ledger_unavailable", "refresh_unavailable"]);

export function createSoakTally(): SoakTally {
  return { calls: 0, ok: 0, explained: {}, unexplained: {} };
}

/** Only a failover explains anything: deploys and new secrets cost no call. */
export function countSoakCall(
  tally: SoakTally,
  { status, problem, text, sentAtMs, answeredAtMs }: CallOutcome,
  disruptions: readonly Disruption[],
): void {
  tally.calls += 1;
  if (status === 200) {
    tally.ok += 1;
    return;
  }
  const beside = disruptions.filter(
    ({ fromMs, untilMs }) => fromMs <= answeredAtMs && sentAtMs <= untilMs + AFTER_MS,
  );
  const kinds = [...new Set(beside.map(({ kind }) => kind))].toSorted().join(", ");
  const words = `${status} ${problem ?? text}: ${kinds === "" ? "nothing was going on" : kinds}`;
  const isExplained =
    status === 503 && STORE_CODES.has(problem) && beside.some(({ kind }) => kind === "failover");
  const counts = isExplained ? tally.explained : tally.unexplained;
  counts[words] = (counts[words] ?? 0) + 1;
}
