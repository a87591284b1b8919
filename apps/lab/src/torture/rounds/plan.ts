import { createRandom, type Random } from "../../sim/random.ts";

/** Faults that one round suffers alone. */
const ROUND_FAULTS = ["stale", "abort", "logout"] as const;
/** Faults that strike every round of a batch. */
const BATCH_FAULTS = ["kill", "deploy", "store", "full", "failover", "reshard", "outage"] as const;
export const FAULT_NAMES = [...ROUND_FAULTS, ...BATCH_FAULTS] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export type RoundFault =
  /** An old tab shows the cookie of before the round, this long after the new one was handed out. */
  | { readonly kind: "stale"; readonly delayMs: number }
  /** The client whose call made the token call goes away while that is under way. */
  | { readonly kind: "abort" }
  /** The provider refuses three token calls with 503, and is well again. */
  | { readonly kind: "busy" }
  /** The connection breaks when the provider has processed the token call: its answer is lost. */
  | { readonly kind: "cut" }
  /** A sign-out among the calls, this long after the first. */
  | { readonly kind: "logout"; readonly afterMs: number };

/** `moment`: 0 is when the first session's token of that batch expires, 1 when the last one's does. */
export type BatchFault =
  | { readonly kind: "kill"; readonly instance: number; readonly moment: number }
  /** One instance after the other is replaced. */
  | { readonly kind: "deploy"; readonly moment: number }
  | { readonly kind: "store"; readonly signal: "SIGTERM" | "SIGKILL"; readonly moment: number }
  /** A master of the store is killed, and a replica takes over. */
  | { readonly kind: "failover"; readonly moment: number }
  /** Slots of the store move to another master. */
  | { readonly kind: "reshard"; readonly moment: number }
  /** The store has no memory left. */
  | { readonly kind: "full"; readonly seconds: number }
  | { readonly kind: "outage"; readonly seconds: number };

/** One expired access token and the calls that meet it. */
export interface Round {
  /** Counts from 1. */
  readonly number: number;
  readonly shape: "wave" | "page";
  readonly fault?: RoundFault;
}

/** Rounds of different sessions that run side by side. */
export interface Batch {
  readonly rounds: readonly Round[];
  readonly fault?: BatchFault;
}

export interface PlanOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Rounds of a batch. */
  readonly sessions: number;
  readonly instances: number;
  readonly faults: readonly FaultName[];
  /** A fault of every round. */
  readonly always?: RoundFault;
  /** One round in so many is a page load; 0: none. */
  readonly pageEvery: number;
  readonly staleDelaysMs: readonly number[];
  readonly outageSeconds: number;
}

const ABORT_CHANCE = 0.1;
const LOGOUT_CHANCE = 0.05;
const STALE_CHANCE = 0.1;
const LOGOUT_WITHIN_MS = 60;
/** A delay of minutes once is enough: the run has to wait for each. */
const SHORT_DELAY_MS = 60_000;
/** One batch in so many; an outage comes once only. */
const BATCHES_A_FAULT = {
  kill: 6,
  deploy: 10,
  store: 8,
  failover: 6,
  reshard: 6,
  full: Number.POSITIVE_INFINITY,
  outage: Number.POSITIVE_INFINITY,
} as const;
const FULL_SECONDS = 10;

/** Decides beforehand which round gets which fault; follows from the options alone. */
export function planRounds(options: PlanOptions): readonly Batch[] {
  const random = createRandom(options.seed);
  const batchCount = Math.ceil(options.rounds / options.sessions);
  const batchFaults = placeBatchFaults(options, batchCount, random);
  const required = firstFaults(options, random);
  let number = 0;
  return Array.from({ length: batchCount }, (_, index) => {
    const batchFault = batchFaults.get(index);
    const size = Math.min(options.sessions, options.rounds - index * options.sessions);
    const rounds = Array.from({ length: size }, (): Round => {
      number += 1;
      const isPage = options.pageEvery > 0 && random.chance(1 / options.pageEvery);
      const fault =
        batchFault === undefined
          ? (options.always ?? required.shift() ?? pickFault(options, random))
          : undefined;
      return { number, shape: isPage ? "page" : "wave", ...(fault === undefined ? {} : { fault }) };
    });
    return batchFault === undefined ? { rounds } : { rounds, fault: batchFault };
  });
}

/** How often each fault strikes; `{}` for none. */
export function countFaults(plan: readonly Batch[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { fault } of plan.flatMap((batch) => [batch, ...batch.rounds])) {
    if (fault !== undefined) counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
  }
  return counts;
}

function placeBatchFaults(
  options: PlanOptions,
  batchCount: number,
  random: Random,
): ReadonlyMap<number, BatchFault> {
  const placed = new Map<number, BatchFault>();
  // The first batch stays calm, so that the stale cookies of the longest delays start there.
  const free = Array.from({ length: Math.max(0, batchCount - 1) }, (_, index) => index + 1);
  for (const kind of BATCH_FAULTS.filter((name) => options.faults.includes(name))) {
    const times = Math.max(1, Math.floor(batchCount / BATCHES_A_FAULT[kind]));
    for (let time = 0; time < times && free.length > 0; time += 1) {
      const [index = 0] = free.splice(random.integer(0, free.length - 1), 1);
      placed.set(index, makeBatchFault(kind, options, random));
    }
  }
  return placed;
}

function makeBatchFault(
  kind: BatchFault["kind"],
  { outageSeconds, instances }: PlanOptions,
  random: Random,
): BatchFault {
  if (kind === "outage") return { kind, seconds: outageSeconds };
  if (kind === "full") return { kind, seconds: FULL_SECONDS };
  const moment = Math.round(random.fraction() * 100) / 100;
  if (kind === "store") return { kind, signal: random.chance(0.5) ? "SIGTERM" : "SIGKILL", moment };
  if (kind === "deploy" || kind === "failover" || kind === "reshard") return { kind, moment };
  return { kind, instance: random.integer(0, instances - 1), moment };
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

function pickFault({ faults, staleDelaysMs }: PlanOptions, random: Random): RoundFault | undefined {
  const delays = staleDelaysMs.filter((delayMs) => delayMs < SHORT_DELAY_MS);
  const [stale, abort] = [STALE_CHANCE, STALE_CHANCE + ABORT_CHANCE];
  const dice = random.fraction();
  if (dice < stale)
    return faults.includes("stale") && delays.length > 0
      ? { kind: "stale", delayMs: random.pick(delays) }
      : undefined;
  if (dice < abort) return faults.includes("abort") ? { kind: "abort" } : undefined;
  return dice < abort + LOGOUT_CHANCE && faults.includes("logout") ? signOut(random) : undefined;
}
