import { percentile } from "../torture/percentile.ts";
import type { ProxiedRound } from "./proxied-calls.ts";
import type { SealedRound } from "./sealed-cookies.ts";

/** Medians of all rounds. Ratios are of a round's own two sides, so that a slow moment hits both. */
export interface BenchReport {
  readonly rows: readonly (readonly [what: string, value: string])[];
  /** What an authenticated call costs the server, an anonymous one being 1. */
  readonly authenticatedRatio: number;
}

/** Generous: it is 1.2 to 1.5, and was about 2.8 when every call opened its seal anew. */
export const MAX_AUTHENTICATED_RATIO = 2.5;

export function reportBench(proxied: readonly ProxiedRound[], sealed: readonly SealedRound[]): BenchReport {
  const median = <Round>(rounds: readonly Round[], of: (round: Round) => number): number =>
    percentile(rounds.map(of), 0.5);
  const authenticatedRatio = median(
    proxied,
    ({ anonymous, authenticated }) => authenticated.costMs / anonymous.costMs,
  );
  const ms = (value: number): string => `${value.toFixed(3)} ms`;
  const times = (value: number): string => `${value.toFixed(2)} x`;
  return {
    authenticatedRatio,
    rows: [
      ["anonymous call, the server's CPU", ms(median(proxied, ({ anonymous }) => anonymous.costMs))],
      ["authenticated call, the server's CPU", ms(median(proxied, (round) => round.authenticated.costMs))],
      ["  authenticated : anonymous", times(authenticatedRatio)],
      ["anonymous call, latency", ms(median(proxied, ({ anonymous }) => anonymous.latencyMs))],
      ["authenticated call, latency", ms(median(proxied, (round) => round.authenticated.latencyMs))],
      [
        "  authenticated : anonymous",
        times(median(proxied, (round) => round.authenticated.latencyMs / round.anonymous.latencyMs)),
      ],
      ["session cookie opened, unsealed, CPU", ms(median(sealed, ({ unsealed }) => unsealed))],
      ["session cookie opened, remembered, CPU", ms(median(sealed, ({ remembered }) => remembered))],
      ["  unsealed : remembered", times(median(sealed, (round) => round.unsealed / round.remembered))],
    ],
  };
}

/** An aligned table. */
export function renderBench({ rows }: BenchReport): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, value]) => `${what.padEnd(width)}  ${value.padStart(10)}`).join("\n");
}
