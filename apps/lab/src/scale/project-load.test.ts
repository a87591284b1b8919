import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository-root.ts";
import { TOLERANCE } from "./check-run.ts";
import { DEEDS, type DeedName } from "./deeds.ts";
import { projectLoad, sessionsAtWall } from "./project-load.ts";
import type { LedgerFigures, ScaleFigures } from "./scale-figures.ts";
import { ratesOf, USUAL_WORKLOAD, type Workload } from "./workload.ts";

const DEED = {
  steps: {},
  roundTrips: 2,
  commands: 10,
  bytesToStore: 500,
  bytesFromStore: 500,
  storeCpuMicros: 100,
  logBytes: 500,
  instanceCpuMicros: 100,
};
const LEDGER: LedgerFigures = {
  deeds: Object.fromEntries(
    Object.keys(DEEDS).map((name) => [name, DEED]),
  ) as unknown as LedgerFigures["deeds"],
  recordBytes: 2_000,
  generationBytes: 1_000,
  signOutBytes: 1_000,
  backChannelBytes: 500,
  look: { bytesToStore: 100, bytesFromStore: 50, storeCpuMicros: 20 },
  bytesAnEndingSent: 150,
  start: { endings: 100_000, seconds: 1 },
};
const FIGURES: ScaleFigures = {
  machine: "one that doesn't exist",
  day: "2026-11-28",
  callCpuMicros: 200,
  processMib: 130,
  endingBytes: 200,
  endingCpuMicros: 2,
  ledgers: { redis: LEDGER, postgres: LEDGER },
};

function withDeed(name: DeedName, more: Partial<typeof DEED>): ScaleFigures {
  const ledger = { ...LEDGER, deeds: { ...LEDGER.deeds, [name]: { ...DEED, ...more } } };
  return { ...FIGURES, ledgers: { redis: ledger, postgres: ledger } };
}

function times(workload: Workload, factor: number): Workload {
  const { sessions, callsPerSecond } = workload;
  return { ...workload, sessions: sessions * factor, callsPerSecond: callsPerSecond * factor };
}

describe("what reaches the ledger", () => {
  it("is a refresh for each life of a token, less its window, where sessions never rest", () => {
    const busy = { ...USUAL_WORKLOAD, callsPerSecond: 1e9 };
    const { refreshes, refreshesAhead } = ratesOf(busy);
    expect(refreshes).toBeCloseTo(busy.sessions / (300 - 60), 0);
    expect(refreshesAhead).toBeCloseTo(refreshes, 5);
  });

  it("is a refresh for each page where sessions rest for longer than a token lives", () => {
    const rare = { ...USUAL_WORKLOAD, callsPerSecond: 1, callsAtOnce: 1 };
    const { refreshes, refreshesAhead } = ratesOf(rare);
    expect(refreshes / rare.callsPerSecond).toBeGreaterThan(0.99);
    expect(refreshesAhead).toBeLessThan(refreshes / 100);
  });

  it("has no call that waits or joins where a page makes one call", () => {
    expect(ratesOf({ ...USUAL_WORKLOAD, callsAtOnce: 1 })).toMatchObject({ joined: 0, awaited: 0 });
  });

  it("is all joined with one process; with two, one call of a page waits at the other; with many, nearly all", () => {
    expect(ratesOf({ ...USUAL_WORKLOAD, instances: 1, workers: 1 })).toMatchObject({ awaited: 0 });
    const two = ratesOf({ ...USUAL_WORKLOAD, instances: 2, workers: 1, callsAtOnce: 100 });
    expect(two.awaited).toBeCloseTo(two.refreshes, 5);
    const { joined, awaited } = ratesOf({ ...USUAL_WORKLOAD, instances: 500 });
    expect(awaited).toBeGreaterThan(100 * joined);
  });

  it("remembers dozens of generations where tokens are too short for any to settle", () => {
    const short = ratesOf({ ...USUAL_WORKLOAD, tokenLifeSeconds: 60, callsPerSecond: 1e6 });
    const long = ratesOf({ ...USUAL_WORKLOAD, tokenLifeSeconds: 300, callsPerSecond: 1e6 });
    expect(short.generationsKept).toBeGreaterThan(30);
    expect(long.generationsKept).toBeLessThan(5);
  });

  it("knows a back-channel logout for as long as the longest session may live", () => {
    const by = (more: Partial<Workload>) => ratesOf({ ...USUAL_WORKLOAD, signedOutPart: 0, ...more });
    const signedOut = by({ signedOutPart: 0.5 }).endingsKept;
    expect(by({ backChannelPart: 0.5 }).endingsKept / signedOut).toBeCloseTo(43_500 / 2_160, 2);
  });
});

describe("what an installation needs", () => {
  it("grows with its sessions, as far as it isn't what the processes need by themselves", () => {
    const [one, ten] = [1, 10].map((factor) =>
      projectLoad(times(USUAL_WORKLOAD, factor), FIGURES, "redis").needs.map(({ amount }) => amount),
    );
    const grown = (ten ?? []).map((amount, index) => amount / (one?.[index] ?? 0));
    expect(Math.min(...grown)).toBeGreaterThan(9);
    expect(Math.max(...grown)).toBeLessThanOrEqual(10.001);
  });

  it("meets first what is used most of its limit", () => {
    const wallOf = (figures: ScaleFigures, more: Partial<Workload> = {}): string =>
      projectLoad({ ...USUAL_WORKLOAD, ...more }, figures, "redis").wall.what;
    expect(wallOf(withDeed("led", { storeCpuMicros: 50_000 }))).toBe("Redis, its one thread");
    expect(wallOf(withDeed("led", { bytesFromStore: 10_000_000 }))).toBe("link of the store");
    expect(wallOf(FIGURES, { backChannelPart: 1, sessionHours: 0.1 })).toMatch(/endings|start/u);
  });

  it("meets its wall where it says so", () => {
    const sessions = sessionsAtWall(USUAL_WORKLOAD, FIGURES, "redis");
    const factor = sessions / USUAL_WORKLOAD.sessions;
    const instances = Math.max(1, Math.round(USUAL_WORKLOAD.instances * factor));
    const { wall } = projectLoad({ ...times(USUAL_WORKLOAD, factor), instances }, FIGURES, "redis");
    expect(wall.used).toBeCloseTo(1, 1);
  });

  it("counts for a call that joins what one of many more at once costs", () => {
    const alone = { ...USUAL_WORKLOAD, instances: 1, workers: 1 };
    const { rates, roundTrips } = projectLoad(alone, withDeed("atOnce", { roundTrips: 2 + 19 * 7 }), "redis");
    const without = projectLoad(alone, withDeed("atOnce", { roundTrips: 2 }), "redis");
    expect(roundTrips - without.roundTrips).toBeCloseTo(7 * rates.joined, 3);
  });
});

describe("docs/scale.json", () => {
  const committed = JSON.parse(readFileSync(join(repositoryRoot, "docs/scale.json"), "utf8")) as ScaleFigures;

  // CPU depends on what else the machine does.
  it("has a real run at 100,000 sessions a fifth off the model at most, in which every call got its token", () => {
    expect(committed.checks?.map(({ ledger }) => ledger)).toContain("redis");
    for (const { workload, failed, compared } of committed.checks ?? []) {
      expect(workload.sessions).toBe(100_000);
      expect(failed).toBe(0);
      const counted = compared.filter(({ what }) => what !== "cores of the store");
      expect(counted.length).toBeGreaterThan(4);
      const isOff = ({ model, found }: (typeof counted)[number]): boolean =>
        Math.abs(found / model - 1) > TOLERANCE;
      expect(counted.filter(isOff)).toEqual([]);
    }
  });
});
