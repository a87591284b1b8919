import {
  createCountedKeeper,
  deedNamed,
  DEEDS,
  LIFE_SECONDS,
  placeOf,
  PROVIDER_MS,
  type DeedName,
} from "./deeds.ts";
import { difference, type MeteredStore } from "../metered/metered-store.ts";
import { watchLedger } from "./watched-ledger.ts";
import { workThrough } from "../work-through.ts";

/** What one deed costs. */
export interface DeedCost {
  /** Steps of the ledger, by name. */
  readonly steps: Readonly<Record<string, number>>;
  readonly roundTrips: number;
  readonly commands: number;
  readonly bytesToStore: number;
  readonly bytesFromStore: number;
  readonly storeCpuMicros: number;
  readonly logBytes: number;
  /** Of the instance, for the keeper and its part of the ledger alone. */
  readonly instanceCpuMicros: number;
}

export interface DeedBench {
  /** Does one deed on so many new sessions, some beside one another. */
  measure(name: DeedName, sessions: number, beside: number): Promise<DeedCost>;
  close(): Promise<void>;
}

/** Two instances on one store. They don't look for endings by themselves, so that only what is asked for is counted. */
export async function openDeedBench(store: MeteredStore): Promise<DeedBench> {
  const [first, second] = [await openInstance(store), await openInstance(store)];
  const instances = [first, second];
  const keepers = {
    here: first.keeper,
    hereSlowly: createCountedKeeper(first.watched.ledger, LIFE_SECONDS * 1_000, PROVIDER_MS),
    elsewhere: second.keeper,
  };
  let nextIndex = 0;

  async function forAll(
    indexes: readonly number[],
    beside: number,
    work: (index: number) => Promise<unknown>,
  ) {
    await workThrough(indexes, beside, work);
    for (const { keeper, watched } of instances) {
      await keeper.drain();
      await watched.settled();
    }
  }

  function stepsNow(): Map<string, number> {
    const sum = new Map<string, number>();
    for (const { watched } of instances)
      for (const [step, count] of watched.steps) sum.set(step, (sum.get(step) ?? 0) + count);
    return sum;
  }

  async function measure(name: DeedName, sessions: number, beside: number): Promise<DeedCost> {
    const { prepare, run } = deedNamed(name);
    const indexes = Array.from({ length: sessions }, () => (nextIndex += 1));
    const at = (index: number) => placeOf(keepers, index);
    if (prepare !== undefined) await forAll(indexes, beside, (index) => prepare(at(index)));
    const [before, stepsBefore, cpuBefore] = [await store.read(), stepsNow(), process.cpuUsage()];
    await forAll(indexes, beside, (index) => run(at(index)));
    const cpu = process.cpuUsage(cpuBefore);
    const used = difference(before, await store.read());
    const a = (value: number): number => value / sessions;
    const steps = [...stepsNow()].map(
      ([step, count]) => [step, a(count - (stepsBefore.get(step) ?? 0))] as const,
    );
    return {
      steps: Object.fromEntries(steps.filter(([, count]) => count > 0)),
      roundTrips: a(used.roundTrips),
      commands: a(used.commands),
      bytesToStore: Math.round(a(used.bytesToStore)),
      bytesFromStore: Math.round(a(used.bytesFromStore)),
      storeCpuMicros: Math.round(a(used.cpuSeconds * 1e6)),
      logBytes: Math.round(a(used.logBytes)),
      instanceCpuMicros: Math.round(a(cpu.user + cpu.system)),
    };
  }

  // Scripts are loaded, connections made, code compiled.
  for (const name of Object.keys(DEEDS) as DeedName[]) await measure(name, 2, 2);
  return {
    measure,
    async close() {
      for (const { watched } of instances) await watched.ledger.close();
    },
  };
}

async function openInstance(store: MeteredStore) {
  const watched = watchLedger(await store.openLedger(), false);
  return { watched, keeper: createCountedKeeper(watched.ledger, LIFE_SECONDS * 1_000, 0) };
}
