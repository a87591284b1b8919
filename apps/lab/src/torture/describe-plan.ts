import type { PlanOptions, RoundPlan, Storm, TurnPlan } from "./torture-plan.ts";

/** How often each fault strikes; `{}` for none. */
export function countFaults(plan: readonly TurnPlan[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const names = plan.flatMap(({ rounds, storm }) => [
    ...(storm === undefined ? [] : [storm.kind]),
    ...rounds.flatMap(({ fault }) => (fault === undefined ? [] : [fault.kind])),
  ]);
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Says what is going to happen, fault by fault, so that it can be compared with what happened. */
export function describePlan(
  plan: readonly TurnPlan[],
  { seed, sessions }: PlanOptions,
  shapes: { readonly waveCalls: number; readonly pageCalls: number; readonly pageMs: number },
): readonly string[] {
  const rounds = plan.flatMap((turn) => turn.rounds);
  const pages = rounds.filter(({ shape }) => shape === "page").length;
  const lines = [
    `seed ${seed}: ${rounds.length} rounds in ${plan.length} turns of ${sessions} sessions side by side; ` +
      `${rounds.length - pages} waves of ${shapes.waveCalls} parallel calls, ` +
      `${pages} page loads of ${shapes.pageCalls} calls over ${shapes.pageMs} ms`,
  ];
  const byFault = new Map<string, RoundPlan[]>();
  for (const round of rounds) {
    if (round.fault === undefined) continue;
    const { fault } = round;
    const name = fault.kind === "stale" ? `stale cookie after ${toWords(fault.delayMs)}` : fault.kind;
    byFault.set(name, [...(byFault.get(name) ?? []), round]);
  }
  for (const [name, struck] of [...byFault].toSorted(([a], [b]) => a.localeCompare(b))) {
    lines.push(`  ${name}: rounds ${struck.map(({ round }) => round).join(", ")}`);
  }
  for (const { storm, rounds } of plan) {
    if (storm === undefined) continue;
    lines.push(`  ${stormWords(storm)}: rounds ${rounds[0]?.round ?? 0} to ${rounds.at(-1)?.round ?? 0}`);
  }
  if (lines.length === 1) lines.push("  no faults");
  return lines;
}

export function stormWords(storm: Storm): string {
  if (storm.kind === "outage") return `token endpoint at 503 for ${storm.seconds} s`;
  const moment = `at ${storm.moment} of the turn`;
  if (storm.kind === "redis") return `Redis restarted (${storm.signal}), ${moment}`;
  const what = storm.kind === "kill" ? "kill -9" : "deploy";
  return `${what}, instance ${storm.instance + 1}, ${moment}`;
}

function toWords(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}
