/** How often each transition of the ledger and each outcome was reached. */
export type Coverage = Map<string, number>;

export function count(coverage: Coverage, what: string): void {
  coverage.set(what, (coverage.get(what) ?? 0) + 1);
}

export function addCoverage(into: Coverage, from: Iterable<readonly [string, number]>): void {
  for (const [what, times] of from) into.set(what, (into.get(what) ?? 0) + times);
}

/** Everything that a long run has to reach: 1,000 times in 100,000 seeds. */
export const REQUIRED: readonly string[] = [
  "claim led",
  "claim led after failures",
  "claim led by take-over",
  "claim done",
  "claim pending",
  "claim pending, expired",
  "claim dead unsent",
  "claim dead refused",
  "claim dead ambiguous",
  "claim dead, held",
  "claim stale",
  "claim ended",
  "publish published",
  "publish done",
  "publish ended",
  "publish repeated",
  "bury unsent",
  "bury refused",
  "bury ambiguous",
  "bury terminal",
  "bury lost",
  "bury ended before",
  "release",
  "renew held",
  "renew lost",
  "acknowledge settled",
  "acknowledge unsettled",
  "acknowledge ended",
  "acknowledge touch",
  "read live",
  "read ended",
  "end signed_out",
  "end replaced",
  "end again",
  "entomb",
  "wait",
  "refresh led",
  "refresh joined",
  "refresh replayed",
  "refresh window",
  "refresh unsent",
  "refresh ambiguous",
  "refresh terminal",
  "refresh refused",
  "refresh client",
  "refresh unreadable",
  "refresh other_identity",
  "record unreadable",
  "late success revoked",
  "late success dropped",
  "record delayed",
  "breaker opened",
  "breaker closed",
  "ledger down",
  "ledger up",
  "stale cookie",
  "answer 200 api",
  "answer 200 session active",
  "answer 200 session degraded",
  "answer 401 no_session signed_out",
  "answer 401 no_session revoked",
  "answer 401 no_session grant_ended",
  "answer 401 no_session idle_timeout",
  "answer 401 stale_cookie",
  "answer 503 refresh_unavailable",
  "answer 503 ledger_unavailable",
  "live again",
  "healthy at the end",
];

export function formatCoverage(coverage: Coverage, seeds: number): string {
  const names = [...new Set([...REQUIRED, ...[...coverage.keys()].toSorted()])];
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => {
      const times = coverage.get(name) ?? 0;
      const isThin = REQUIRED.includes(name) && times < seeds / 100;
      return `${name.padEnd(width)} ${String(times).padStart(12)}${isThin ? "  < 1 %" : ""}`;
    })
    .join("\n");
}

/** What a run of this many seeds should have reached and did not. */
export function thinCoverage(coverage: Coverage, seeds: number): readonly string[] {
  return REQUIRED.filter((name) => (coverage.get(name) ?? 0) < seeds / 100);
}
