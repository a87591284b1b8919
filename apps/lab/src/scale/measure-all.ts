import { randomBytes } from "node:crypto";
import { cpus } from "node:os";
import type { Ledger } from "@coatcheck/tokens";
import { SCENARIOS } from "../bench/scenarios.ts";
import { toRow } from "../bench/bench-row.ts";
import { runBench } from "../bench/run-bench.ts";
import { BENCH_TARGETS } from "../bench/targets.ts";
import { createCrowd } from "../torture/memory/refreshing-crowd.ts";
import { sleep } from "../torture/stage/sleep.ts";
import type { Say } from "../torture/scene.ts";
import { workThrough } from "../work-through.ts";
import { DEEDS, type DeedName } from "./deeds.ts";
import { openDeedBench, type DeedCost } from "./measure-deeds.ts";
import { measureEndings } from "./measure-endings.ts";
import type { LedgerFigures, ScaleFigures, MeasuredLedger } from "./scale-figures.ts";
import { difference, METERED_STORES, type MeteredStore } from "../metered/metered-store.ts";

const SESSIONS = 1_000;
const BESIDE = 4;
const WEIGHED = 2_000;
const WATCHES = 50;
const WATCHED_MS = 5_000;
const ENDINGS = 20_000;
const ENDINGS_BESIDE = 64;
const DAY_MS = 86_400_000;

/** What is measured anew, the rest being as it was. */
export const MEASURABLE = ["all", "process", "redis", "postgres"] as const;

/** Measures what the model is fed with, on real stores. Takes some minutes. */
export async function measureAll(
  what: (typeof MEASURABLE)[number],
  known: ScaleFigures | undefined,
  say: Say,
): Promise<ScaleFigures> {
  const isWanted = (name: string): boolean => what === "all" || what === name;
  const ofProcess =
    isWanted("process") || known === undefined ? await measureProcess(say) : processFigures(known);
  const ledgers: Partial<Record<MeasuredLedger, LedgerFigures>> = {};
  for (const name of ["redis", "postgres"] as const) {
    const before = known?.ledgers[name];
    ledgers[name] = isWanted(name) || before === undefined ? await measureLedger(name, say) : before;
  }
  return {
    machine: `${cpus().length} cores that had other work to do, Node ${process.versions.node}`,
    day: new Date().toISOString().slice(0, 10),
    ...ofProcess,
    ledgers: ledgers as ScaleFigures["ledgers"],
    ...(known?.checks === undefined ? {} : { checks: known.checks }),
  };
}

type ProcessFigures = Pick<ScaleFigures, "callCpuMicros" | "processMib" | "endingBytes" | "endingCpuMicros">;

function processFigures({
  callCpuMicros,
  processMib,
  endingBytes,
  endingCpuMicros,
}: ScaleFigures): ProcessFigures {
  return { callCpuMicros, processMib, endingBytes, endingCpuMicros };
}

async function measureProcess(say: Say): Promise<ProcessFigures> {
  const call = await measureCall(say);
  const endings = await measureEndings(1_000_000);
  return { ...call, endingBytes: endings.bytesAnEnding, endingCpuMicros: endings.cpuMicrosAnEnding };
}

/** As `pnpm bench` does it. */
async function measureCall(say: Say): Promise<Pick<ScaleFigures, "callCpuMicros" | "processMib">> {
  const scenarios = SCENARIOS.filter(({ name }) => name === "get-1k");
  const targets = BENCH_TARGETS.filter(({ name }) => name === "coatcheck");
  const [measured] = await runBench({ targets, scenarios, rounds: 5, seconds: 2, say });
  if (measured === undefined) throw new Error("The call could not be measured.");
  const { cpuSecondsPer1000, peakMiB } = toRow(measured);
  return { callCpuMicros: Math.round(cpuSecondsPer1000 * 1e3), processMib: Math.round(peakMiB) };
}

async function measureLedger(name: MeasuredLedger, say: Say): Promise<LedgerFigures> {
  const deeds: Partial<Record<DeedName, DeedCost>> = {};
  await onStore(name, async (store) => {
    const bench = await openDeedBench(store);
    for (const deed of Object.keys(DEEDS) as DeedName[]) {
      // Once more before, so that what is measured runs as it will for the next hours.
      await bench.measure(deed, SESSIONS / 4, BESIDE);
      deeds[deed] = await bench.measure(deed, deed === "atOnce" ? SESSIONS / 10 : SESSIONS, BESIDE);
      say(`${name}, ${deed}: ${JSON.stringify(deeds[deed])}`);
    }
    await bench.close();
  });
  const weights = await onStore(name, weighRecords);
  say(`${name}: ${JSON.stringify(weights)}`);
  const ofEndings = await onStore(name, weighEndings);
  say(`${name}: ${JSON.stringify(ofEndings)}`);
  return { deeds: deeds as LedgerFigures["deeds"], ...weights, ...ofEndings };
}

async function onStore<T>(name: MeasuredLedger, work: (store: MeteredStore) => Promise<T>): Promise<T> {
  const store = await METERED_STORES[name]();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function weighRecords(store: MeteredStore) {
  const ledger = await store.openLedger();
  const nowMs = Date.now();
  const crowd = createCrowd({
    ledger,
    sessions: WEIGHED,
    absoluteDeadline: nowMs + DAY_MS / 2,
    nowMs: () => nowMs,
  });
  const before = await store.dataBytes();
  await crowd.refreshAll(0, nowMs - DAY_MS);
  const once = await store.dataBytes();
  for (const generation of [1, 2, 3]) await crowd.refreshAll(generation, nowMs - DAY_MS);
  const often = await store.dataBytes();
  await ledger.close();
  return {
    recordBytes: Math.round((once - before) / WEIGHED),
    generationBytes: Math.round((often - once) / WEIGHED / 3),
  };
}

async function weighEndings(store: MeteredStore) {
  const [ledger, other] = [await store.openLedger(), await store.openLedger()];
  const before = await store.dataBytes();
  await forMany(WEIGHED, (key) =>
    ledger.end(
      { key, tombstones: [], idTokenIat: 1, keepMs: DAY_MS, endedKeepMs: DAY_MS },
      { generation: 0, reason: "signed_out" },
    ),
  );
  const afterEnds = await store.dataBytes();
  await forMany(ENDINGS - WEIGHED, (key) => ledger.entomb({ key, iat: 1, keepMs: DAY_MS }));
  const afterTombstones = await store.dataBytes();
  const [readBefore, beganAt] = [await store.read(), performance.now()];
  await listen(other);
  const [seconds, read] = [(performance.now() - beganAt) / 1_000, difference(readBefore, await store.read())];
  const look = await measureLooks(store, ledger);
  await ledger.close();
  await other.close();
  return {
    signOutBytes: Math.round((afterEnds - before) / WEIGHED),
    backChannelBytes: Math.round((afterTombstones - afterEnds) / (ENDINGS - WEIGHED)),
    bytesAnEndingSent: Math.round(read.bytesFromStore / ENDINGS),
    start: { endings: ENDINGS, seconds: Math.round(100 * seconds) / 100 },
    look,
  };
}

/** Watches that have heard everything, so that they look and find nothing. */
async function measureLooks(store: MeteredStore, ledger: Ledger): Promise<LedgerFigures["look"]> {
  const watches = [];
  for (let count = 0; count < WATCHES; count += 1) {
    const watch = ledger.watchEndings(() => undefined);
    await watch.ready;
    watches.push(watch);
  }
  const before = await store.read();
  await sleep(WATCHED_MS);
  const used = difference(before, await store.read());
  for (const watch of watches) watch.stop();
  const a = (value: number): number => Math.round(value / used.roundTrips);
  return {
    bytesToStore: a(used.bytesToStore),
    bytesFromStore: a(used.bytesFromStore),
    storeCpuMicros: a(used.cpuSeconds * 1e6),
  };
}

async function listen(ledger: Ledger): Promise<void> {
  const watch = ledger.watchEndings(() => undefined);
  await watch.ready;
  watch.stop();
}

async function forMany(count: number, work: (key: string) => Promise<unknown>): Promise<void> {
  await workThrough(Array(count).keys(), ENDINGS_BESIDE, () => work(randomBytes(32).toString("base64url")));
}
