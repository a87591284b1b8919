import type { RoundShapes } from "./calls-of-round.ts";
import { createInFlightWatch } from "./in-flight.ts";
import { playRound, playStormyRound } from "./play-round.ts";
import type { RoundContext } from "./round-context.ts";
import type { AfterRound } from "./round-count.ts";
import { takeSeat, type Seat } from "./seat.ts";
import type { Stage } from "./stage.ts";
import { blowStorm } from "./storm.ts";
import { createTally, type Tally } from "./tally.ts";
import type { TurnPlan } from "./torture-plan.ts";

export interface RunTortureOptions {
  readonly stage: Stage;
  readonly plan: readonly TurnPlan[];
  readonly shapes: RoundShapes;
  /** How long token calls take around a kill; default 200. */
  readonly slowTokenMs?: number;
  /** Called every few seconds. */
  readonly onProgress?: (progress: TortureProgress) => void;
  /** Called when the storm of a turn begins. */
  readonly onTurn?: (turn: number, plan: TurnPlan) => void;
}

export interface TortureProgress {
  readonly turn: number;
  readonly turns: number;
  readonly tally: Tally;
  /** Sessions that are watched beside the rounds. */
  readonly inBackground: number;
}

const SLOW_TOKEN_MS = 200;
const PROGRESS_MS = 5_000;
const SIGN_INS_AT_ONCE = 4;
/** Rounds that would begin at once are spread over this part of a token's life: the bench is no measure of throughput. */
const SPREAD_PART = 0.5;
/** How long after a storm its last breaths count. */
const AFTER_STORM_MS = 15_000;

/** Plays all turns, one after the other, and waits for what they left in the background. */
export async function runTorture(options: RunTortureOptions): Promise<Tally> {
  const { stage, plan, shapes } = options;
  const tally = createTally();
  const background = new Set<Promise<void>>();
  const inFlight = new Set<string>();
  const seats: (Seat | undefined)[] = [];
  let stormEndedMs = Number.NEGATIVE_INFINITY;
  let isStorming = false;
  let currentTurn = 0;
  const context: RoundContext = {
    stage,
    tally,
    shapes,
    inBackground(work) {
      background.add(work);
      const forget = (): void => void background.delete(work);
      work.then(forget, forget);
    },
    isStormySince: (atMs) => isStorming || stormEndedMs + AFTER_STORM_MS > atMs,
    takeInFlight: (sub) => inFlight.delete(sub),
  };
  const progress = (): void =>
    options.onProgress?.({ turn: currentTurn, turns: plan.length, tally, inBackground: background.size });
  const timer = setInterval(progress, PROGRESS_MS);
  try {
    for (const [index, turn] of plan.entries()) {
      currentTurn = index + 1;
      options.onTurn?.(currentTurn, turn);
      const taken = await fillSeats(turn.rounds.length);
      const spreadMs = stage.tokenSeconds * 1_000 * SPREAD_PART;
      for (const seat of taken) {
        if (seat.expiredAtMs < Date.now()) seat.expiredAtMs = Date.now() + Math.random() * spreadMs;
      }
      const storm =
        turn.storm === undefined
          ? undefined
          : { kind: turn.storm.kind, isOver: startStorm(turn.storm, taken) };
      const play = (seat: Seat, at: number): Promise<AfterRound> => {
        const round = turn.rounds[at];
        if (round === undefined) throw new RangeError("There are more seats than rounds.");
        return storm === undefined
          ? playRound(seat, round, context)
          : playStormyRound(seat, round, context, storm);
      };
      const outcomes = await Promise.all(taken.map(play));
      for (const [at, outcome] of outcomes.entries()) if (outcome !== "stays") seats[at] = undefined;
    }
    while (background.size > 0) await Promise.all(background);
  } finally {
    clearInterval(timer);
  }
  progress();
  return tally;

  async function fillSeats(count: number): Promise<readonly Seat[]> {
    const empty = Array.from({ length: count }, (_, at) => at).filter((at) => seats[at] === undefined);
    const worker = async (): Promise<void> => {
      for (let at = empty.shift(); at !== undefined; at = empty.shift()) {
        seats[at] = await takeSeat(stage, tally);
      }
    };
    await Promise.all(Array.from({ length: SIGN_INS_AT_ONCE }, worker));
    return seats.slice(0, count).filter((seat) => seat !== undefined);
  }

  async function startStorm(storm: NonNullable<TurnPlan["storm"]>, taken: readonly Seat[]): Promise<void> {
    const expiries = taken.map(({ expiredAtMs }) => expiredAtMs);
    const span = [Math.max(Date.now(), Math.min(...expiries)), Math.max(...expiries)] as const;
    const watch = createInFlightWatch(
      stage.idp,
      taken.map(({ visitor }) => visitor.person.sub),
    );
    isStorming = true;
    try {
      await blowStorm(storm, {
        stage,
        span,
        slowTokenMs: options.slowTokenMs ?? SLOW_TOKEN_MS,
        beforeKill: watch.soon,
        afterKill() {
          for (const sub of watch.after()) {
            inFlight.add(sub);
            tally.inFlightAtKill += 1;
          }
        },
      });
    } finally {
      isStorming = false;
      stormEndedMs = Date.now();
    }
  }
}
