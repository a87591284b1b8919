import { AT_ONCE, type DeedName } from "./deeds.ts";
import type { DeedCost } from "./measure-deeds.ts";
import type { LedgerFigures, ScaleFigures, MeasuredLedger } from "./scale-figures.ts";
import { ratesOf, type LedgerRates, type Workload } from "./workload.ts";

/** What one part of an installation needs. */
export interface Need {
  readonly what: string;
  readonly amount: number;
  readonly unit: "cores" | "GiB" | "Mbit/s" | "MiB" | "1/s" | "MB/s" | "s";
  /** How much one has, where there is a bound that more machines don't move. */
  readonly limit?: number;
}

/** What an installation needs in all. */
export interface Projection {
  readonly workload: Workload;
  readonly ledger: MeasuredLedger;
  readonly rates: LedgerRates;
  /** Messages to the store, a second. */
  readonly roundTrips: number;
  readonly commands: number;
  readonly needs: readonly Need[];
  /** The need that is nearest to its limit, or farthest beyond. */
  readonly wall: Need & { readonly used: number };
}

/** So much of a core, of a link: more, and what waits for it waits long. */
const FULL_PART = 0.7;
/** Redis runs its commands on one. */
const REDIS_CORES = 1;
const POSTGRES_CORES = 32;
const STORE_MEMORY_GIB = 64;
const STORE_DISK_GIB = 1_024;
const STORE_LINK_MBIT = 10_000;
const LOG_MB = 200;
const ENDINGS_MIB = 512;
const START_SECONDS = 60;
const LOOKS_PER_SECOND = 2;
/** Steps on a session's record. */
const LOOKS: Readonly<Record<CountedDeed, number>> = {
  call: 0,
  led: 3,
  beside: 3,
  atOnce: AT_ONCE + 2,
  awaited: 3,
  joined: 1,
  replayed: 2,
  touch: 1,
  acknowledged: 1,
  listed: 0,
  signOut: 1,
  backChannel: 0,
};
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Of what more machines of the same kind don't give more: in words, with its size. */
const LIMITS = {
  redisCores: REDIS_CORES * FULL_PART,
  postgresCores: POSTGRES_CORES * FULL_PART,
  redisGib: STORE_MEMORY_GIB * FULL_PART,
  postgresGib: STORE_DISK_GIB * FULL_PART,
  linkMbit: STORE_LINK_MBIT * FULL_PART,
  logMb: LOG_MB * FULL_PART,
  endingsMib: ENDINGS_MIB,
  startSeconds: START_SECONDS,
} as const;

/** @param more what is known better of the rates than the model says */
export function projectLoad(
  workload: Workload,
  measured: ScaleFigures,
  ledger: MeasuredLedger,
  more: Partial<LedgerRates> = {},
): Projection {
  const rates = { ...ratesOf(workload), ...more };
  const figures = measured.ledgers[ledger];
  const deeds = deedsOf(rates);
  const total = (of: keyof Omit<DeedCost, "steps">): number =>
    deeds.reduce((sum, [name, perSecond]) => sum + perSecond * costOf(figures, name)[of], 0);
  const looks = rates.processes * LOOKS_PER_SECOND;
  const sent = rates.processes * (rates.signOuts + rates.backChannelLogouts);
  // Each look brings all generations that the record remembers; one of them is in the figures.
  const older = Math.max(0, rates.generationsKept - 1) * figures.generationBytes;
  const looksAtRecords = deeds.reduce((sum, [name, perSecond]) => sum + perSecond * LOOKS[name], 0);
  const storeBits =
    8 *
    (total("bytesToStore") +
      total("bytesFromStore") +
      looksAtRecords * older +
      looks * (figures.look.bytesToStore + figures.look.bytesFromStore) +
      sent * figures.bytesAnEndingSent);
  const storeCores = (total("storeCpuMicros") + looks * figures.look.storeCpuMicros) / 1e6;
  const isRedis = ledger === "redis";
  const needs: readonly Need[] = [
    {
      what: isRedis ? "Redis, its one thread" : "PostgreSQL",
      amount: storeCores,
      unit: "cores",
      limit: isRedis ? LIMITS.redisCores : LIMITS.postgresCores,
    },
    {
      what: isRedis ? "memory of Redis" : "disk of PostgreSQL",
      amount: storeBytes(workload, rates, figures) / GIB,
      unit: "GiB",
      limit: isRedis ? LIMITS.redisGib : LIMITS.postgresGib,
    },
    { what: "link of the store", amount: storeBits / 1e6, unit: "Mbit/s", limit: LIMITS.linkMbit },
    { what: "log of the store", amount: total("logBytes") / 1e6, unit: "MB/s", limit: LIMITS.logMb },
    {
      what: "endings in each process",
      amount: (rates.endingsKept * measured.endingBytes) / MIB,
      unit: "MiB",
      limit: LIMITS.endingsMib,
    },
    {
      what: "start of a process",
      amount: (rates.endingsKept * figures.start.seconds) / figures.start.endings,
      unit: "s",
      limit: LIMITS.startSeconds,
    },
    { what: "instances", amount: instanceCores(workload, rates, measured, total), unit: "cores" },
    { what: "the provider's token endpoint", amount: rates.refreshes, unit: "1/s" },
  ];
  const walls = needs.flatMap((need) =>
    need.limit === undefined ? [] : [{ ...need, used: need.amount / need.limit }],
  );
  const wall = walls.reduce((highest, one) => (one.used > highest.used ? one : highest));
  return {
    workload,
    ledger,
    rates,
    roundTrips: total("roundTrips") + looks,
    commands: total("commands") + looks,
    needs,
    wall,
  };
}

/** How many sessions the same people may become until the first wall is met, with instances in proportion. */
export function sessionsAtWall(workload: Workload, measured: ScaleFigures, ledger: MeasuredLedger): number {
  const scaled = (factor: number): Workload => ({
    ...workload,
    sessions: workload.sessions * factor,
    callsPerSecond: workload.callsPerSecond * factor,
    instances: Math.max(1, Math.round(workload.instances * factor)),
  });
  let [low, high] = [1e-6, 1e6];
  for (let step = 0; step < 100; step += 1) {
    const middle = Math.sqrt(low * high);
    if (projectLoad(scaled(middle), measured, ledger).wall.used > 1) high = middle;
    else low = middle;
  }
  return workload.sessions * low;
}

/** So many that their cores are busy to a half. */
export function instancesFor(workload: Workload, measured: ScaleFigures): number {
  const cores = (workload.callsPerSecond * measured.callCpuMicros) / 1e6;
  return Math.max(2, Math.ceil(cores / (workload.workers * 0.5)));
}

type CountedDeed = DeedName | "joined";

function deedsOf(rates: LedgerRates): readonly (readonly [CountedDeed, number])[] {
  return [
    ["led", rates.refreshes - rates.refreshesAhead],
    ["beside", rates.refreshesAhead],
    ["awaited", rates.awaited],
    ["joined", rates.joined],
    ["touch", rates.touches],
    ["acknowledged", rates.acknowledged],
    ["signOut", rates.signOuts],
    ["backChannel", rates.backChannelLogouts],
  ];
}

/** A call that joins costs what one of many more at once costs, and one that waits elsewhere what it adds to the refresh. */
function costOf({ deeds }: LedgerFigures, name: CountedDeed): Omit<DeedCost, "steps"> {
  if (name === "joined") return beyondRefresh(deeds.atOnce, AT_ONCE - 1);
  return name === "awaited" ? beyondRefresh(deeds.awaited, 1) : deeds[name];

  function beyondRefresh(all: DeedCost, calls: number): Omit<DeedCost, "steps"> {
    const each = (of: keyof Omit<DeedCost, "steps">): number => Math.max(0, all[of] - deeds.led[of]) / calls;
    return {
      roundTrips: each("roundTrips"),
      commands: each("commands"),
      bytesToStore: each("bytesToStore"),
      bytesFromStore: each("bytesFromStore"),
      storeCpuMicros: each("storeCpuMicros"),
      logBytes: each("logBytes"),
      instanceCpuMicros: each("instanceCpuMicros"),
    };
  }
}

function storeBytes({ sessions }: Workload, rates: LedgerRates, figures: LedgerFigures): number {
  const { signOuts, backChannelLogouts, endingsKept } = rates;
  const ended = signOuts + backChannelLogouts;
  const ofSignOuts = ended === 0 ? 0 : (endingsKept * signOuts) / ended;
  const record = figures.recordBytes + Math.max(0, rates.generationsKept - 1) * figures.generationBytes;
  return (
    sessions * record +
    ofSignOuts * figures.signOutBytes +
    (endingsKept - ofSignOuts) * figures.backChannelBytes
  );
}

function instanceCores(
  { callsPerSecond }: Workload,
  rates: LedgerRates,
  { callCpuMicros, endingCpuMicros }: ScaleFigures,
  total: (of: "instanceCpuMicros") => number,
): number {
  const sent = rates.processes * (rates.signOuts + rates.backChannelLogouts);
  return (callsPerSecond * callCpuMicros + total("instanceCpuMicros") + sent * endingCpuMicros) / 1e6;
}
