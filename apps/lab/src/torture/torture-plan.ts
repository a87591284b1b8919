import { createRandom, type Random } from "../sim/random.ts";

/** Faults that one round suffers alone. */
export const ROUND_FAULTS = ["stale", "abort", "logout"] as const;
/** Faults that strike every round of a turn. */
export const STORMS = ["kill", "deploy", "redis", "outage"] as const;
export type FaultName = (typeof ROUND_FAULTS)[number] | (typeof STORMS)[number];
export const FAULT_NAMES: readonly FaultName[] = [...ROUND_FAULTS, ...STORMS];

export type RoundFault =
  /** An old tab shows the cookie of before the round, this long after the new one was handed out. */
  | { readonly kind: "stale"; readonly delayMs: number }
  /** The client whose call made the token call goes away while that is under way. */
  | { readonly kind: "abort" }
  /** A sign-out among the calls, this long after the first. */
  | { readonly kind: "logout"; readonly afterMs: number };

/** `moment`: 0 is when the first session's token of that turn expires, 1 when the last one's does. */
export type Storm =
  | { readonly kind: "kill" | "deploy"; readonly instance: number; readonly moment: number }
  | { readonly kind: "redis"; readonly signal: "SIGTERM" | "SIGKILL"; readonly moment: number }
  | { readonly kind: "outage"; readonly seconds: number };

/** One expired access token and the calls that meet it. */
export interface RoundPlan {
  /** Counts from 1. */
  readonly round: number;
  readonly shape: "wave" | "page";
  readonly fault?: RoundFault;
}

/** Rounds of different sessions that run side by side. */
export interface TurnPlan {
  readonly rounds: readonly RoundPlan[];
  readonly storm?: Storm;
}

export interface PlanOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Rounds of a turn. */
  readonly sessions: number;
  readonly instances: number;
  readonly faults: readonly FaultName[];
  /** One round in so many is a page load; 0: none. */
  readonly pageEvery: number;
  readonly staleDelaysMs: readonly number[];
  readonly outageSeconds: number;
}

const ABORT_CHANCE = 0.1;
const LOGOUT_CHANCE = 0.05;
const STALE_CHANCE = 0.1;
const LOGOUT_WITHIN_MS = 60;
/** One turn in so many; an outage comes once only. */
const STORM_EVERY = { kill: 6, deploy: 10, redis: 8 } as const;

/** Decides beforehand which round gets which fault; follows from the options alone. */
export function planTorture(options: PlanOptions): readonly TurnPlan[] {
  const random = createRandom(options.seed);
  const turnCount = Math.ceil(options.rounds / options.sessions);
  const storms = planStorms(options, turnCount, random);
  const required = firstFaults(options, random);
  let round = 0;
  return Array.from({ length: turnCount }, (_, turn) => {
    const storm = storms.get(turn);
    const size = Math.min(options.sessions, options.rounds - turn * options.sessions);
    const rounds = Array.from({ length: size }, (): RoundPlan => {
      round += 1;
      const isPage = options.pageEvery > 0 && random.chance(1 / options.pageEvery);
      const fault = storm === undefined ? (required.shift() ?? planFault(options, random)) : undefined;
      return { round, shape: isPage ? "page" : "wave", ...(fault === undefined ? {} : { fault }) };
    });
    return storm === undefined ? { rounds } : { rounds, storm };
  });
}

function planStorms(options: PlanOptions, turnCount: number, random: Random): Map<number, Storm> {
  const storms = new Map<number, Storm>();
  // The first turn stays calm, so that the stale cookies of the longest delays start there.
  const free = Array.from({ length: Math.max(0, turnCount - 1) }, (_, index) => index + 1);
  const place = (storm: Storm): void => {
    if (free.length === 0) return;
    const [turn = 0] = free.splice(random.integer(0, free.length - 1), 1);
    storms.set(turn, storm);
  };
  const instance = (): number => random.integer(0, options.instances - 1);
  if (options.faults.includes("outage")) place({ kind: "outage", seconds: options.outageSeconds });
  for (const kind of ["kill", "deploy", "redis"] as const) {
    if (!options.faults.includes(kind)) continue;
    const times = Math.max(1, Math.floor(turnCount / STORM_EVERY[kind]));
    for (let time = 0; time < times; time += 1) {
      const moment = Math.round(random.fraction() * 100) / 100;
      if (kind === "redis") place({ kind, signal: random.chance(0.5) ? "SIGTERM" : "SIGKILL", moment });
      else place({ kind, instance: instance(), moment });
    }
  }
  return storms;
}

/** Each once at least, however short the run; the longest delays first, since they are waited for beside everything else. */
function firstFaults({ faults, staleDelaysMs }: PlanOptions, random: Random): RoundFault[] {
  const delays = faults.includes("stale") ? staleDelaysMs.toSorted((a, b) => b - a) : [];
  return [
    ...delays.map((delayMs): RoundFault => ({ kind: "stale", delayMs })),
    ...(faults.includes("abort") ? [{ kind: "abort" } as const] : []),
    ...(faults.includes("logout") ? [signOut(random)] : []),
  ];
}

function signOut(random: Random): RoundFault {
  return { kind: "logout", afterMs: random.integer(0, LOGOUT_WITHIN_MS) };
}

function planFault({ faults, staleDelaysMs }: PlanOptions, random: Random): RoundFault | undefined {
  // A delay of minutes once is enough: the run would have to wait for each.
  const shortDelays = staleDelaysMs.filter((delayMs) => delayMs < 60_000);
  const dice = random.fraction();
  if (faults.includes("stale") && shortDelays.length > 0 && dice < STALE_CHANCE) {
    return { kind: "stale", delayMs: random.pick(shortDelays) };
  }
  if (faults.includes("abort") && dice >= 0.2 && dice < 0.2 + ABORT_CHANCE) return { kind: "abort" };
  if (faults.includes("logout") && dice >= 0.4 && dice < 0.4 + LOGOUT_CHANCE) {
    return signOut(random);
  }
  return undefined;
}
