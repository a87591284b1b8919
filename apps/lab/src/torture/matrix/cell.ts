import { playRounds, type RoundsOptions } from "../rounds/play-rounds.ts";
import type { RoundsReport } from "../rounds/report.ts";
import type { TortureTarget } from "../stage/target.ts";
import type { Column } from "./columns.ts";
import type { Row } from "./rows.ts";

/** What became of one BFF's sessions in one kind of trouble. */
export interface PlayedCell {
  readonly kind: "played";
  readonly sessions: number;
  /** Without those of `lostInFlight`. */
  readonly sessionsLost: number;
  /** Of those: neither answered nor refused within minutes, with a grant that wasn't revoked. */
  readonly sessionsUnclear: number;
  /** At `kill -9`: lost with a token call in flight, and how many were. */
  readonly lostInFlight: number;
  readonly inFlightAtKill: number;
  /** Token calls that were under way when an instance was told to end. */
  readonly underWayAtDeploy?: number;
  /** Rounds whose trouble met nobody, since no token call was made. */
  readonly roundsWithoutTrouble: number;
  /** Of all calls, also those under trouble. */
  readonly calls: number;
  /** With 200. */
  readonly answered: number;
  /** By the provider's count. */
  readonly tokenCalls: number;
  /** Rounds that took so long that their new token was due again: of their token calls nothing follows. */
  readonly slowRounds: number;
  readonly tookSeconds: number;
  /** What shouldn't have happened, in words; the first few. */
  readonly surprises: readonly string[];
}

const MOST_SURPRISES = 3;

/** `not-offered`: the BFF doesn't claim to work so; `failed`: it isn't installed here, or couldn't be set up. */
export interface EmptyCell {
  readonly kind: "not-offered" | "failed";
  readonly why: string;
}

export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly outcome: PlayedCell | EmptyCell;
}

/** Why a row has nothing to show in a column; `undefined`: it has. */
export function whyNotOffered(row: Row, { needs }: Column): string | undefined {
  if (needs === "machines") return row.oneMachine;
  if (needs === "store" && row.store === "none") return "no store beside it";
  return undefined;
}

/** Plays one cell. @throws {Error} where the target can't be set up */
export async function playCell(
  target: TortureTarget,
  row: Row,
  column: Column,
  sessions: number,
): Promise<PlayedCell> {
  const report = await playRounds({ ...optionsOf(row, column, sessions), target });
  return toCell(report);
}

function optionsOf(row: Row, column: Column, sessions: number): Partial<RoundsOptions> {
  const options: Partial<RoundsOptions> = {
    rounds: column.isForAll === true ? 2 * sessions : sessions,
    sessions,
    pageEvery: 0,
    tokenSeconds: 6,
    ...row.options,
    ...column.options,
  };
  const instances = row.options?.instances ?? options.instances ?? 1;
  const tokenSeconds = Math.max(row.options?.tokenSeconds ?? 0, options.tokenSeconds ?? 0);
  const ledgers = {
    none: "sqlite",
    redis: "redis",
    "redis-if-several": options.ledger ?? "sqlite",
    "redis-cluster": "redis-cluster",
    "redis-sentinel": "redis-sentinel",
    postgres: "postgres",
  } as const;
  return { ...options, instances, tokenSeconds, ledger: ledgers[row.store] };
}

function toCell(report: RoundsReport): PlayedCell {
  const underTrouble = Object.values(report.faulted);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    kind: "played",
    sessions: report.rounds,
    sessionsLost: report.sessionsLost,
    sessionsUnclear: report.sessionsUnclear,
    lostInFlight: report.lostInFlight,
    inFlightAtKill: report.inFlightAtKill,
    ...(report.underWayAtDeploy > 0 ? { underWayAtDeploy: report.underWayAtDeploy } : {}),
    roundsWithoutTrouble: report.roundsWithoutTrouble,
    calls: report.apiCalls + sum(underTrouble.map(({ calls }) => calls)),
    answered: report.apiOk + sum(underTrouble.map(({ ok }) => ok)),
    tokenCalls: report.tokenCalls,
    slowRounds: report.slowRounds,
    tookSeconds: report.seconds,
    // What a session was lost by is worth more than calls that were answered otherwise.
    surprises: report.surprises
      .toSorted((one, other) => Number(other.startsWith("lost")) - Number(one.startsWith("lost")))
      .slice(0, MOST_SURPRISES),
  };
}
