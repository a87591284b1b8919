import { percentile } from "../torture/stage/percentile.ts";
import type { ProxiedRound } from "./proxied-calls.ts";

/** Medians of all rounds. Ratios are of a round's own two sides, so that a slow moment hits both. */
export interface BenchReport {
  readonly rows: readonly (readonly [what: string, value: string])[];
  /** What an authenticated call costs the server, an anonymous one being 1. */
  readonly authenticatedRatio: number;
}

/** Generous: it is 1.2 to 1.5, and was about 2.8 when every call opened its seal anew. */
export const MAX_AUTHENTICATED_RATIO = 2.5;

export function reportBench(proxied: readonly ProxiedRound[]): BenchReport {
  const median = (of: (round: ProxiedRound) => number): number => percentile(proxied.map(of), 0.5);
  const authenticatedRatio = median(
    ({ anonymous, authenticated }) => authenticated.costMs / anonymous.costMs,
  );
  const ms = (value: number): string => `${value.toFixed(3)} ms`;
  const times = (value: number): string => `${value.toFixed(2)} x`;
  return {
    authenticatedRatio,
    rows: [
      ["anonymous call, the server's CPU", ms(median(({ anonymous }) => anonymous.costMs))],
      ["authenticated call, the server's CPU", ms(median((round) => round.authenticated.costMs))],
      ["  authenticated : anonymous", times(authenticatedRatio)],
      ["anonymous call, latency", ms(median(({ anonymous }) => anonymous.latencyMs))],
      ["authenticated call, latency", ms(median((round) => round.authenticated.latencyMs))],
      [
        "  authenticated : anonymous",
        times(median((round) => round.authenticated.latencyMs / round.anonymous.latencyMs)),
      ],
    ],
  };
}

/** An aligned table. */
export function renderBench({ rows }: BenchReport): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, value]) => `${what.padEnd(width)}  ${value.padStart(10)}`).join("\n");
}
