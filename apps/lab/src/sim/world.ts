import type { Ledger } from "@coatcheck/tokens";
import { createApiNetwork } from "./api-network.ts";
import type { CodeUnderTest } from "./code-under-test.ts";
import { createPlannedFaults, type PlannedFaults } from "./planned-faults.ts";
import { type Coverage } from "./coverage.ts";
import type { Facts } from "./facts.ts";
import { startInstance, type Instance } from "./instance.ts";
import { observeLedger } from "./observed-ledger.ts";
import { createProviderClient, type ProviderOutage } from "./provider-client.ts";
import { createRandom, type Random } from "./random.ts";
import { createSimBrowser, type SimBrowser } from "./sim-browser.ts";
import type { SimCrypto } from "./sim-crypto.ts";
import { createSimProcess, type SimProcess } from "./sim-process.ts";
import { createSimProvider, type SimProvider } from "./sim-provider.ts";
import { createSimStore, type SimStore } from "./sim-store.ts";
import type { Misfortune } from "./steps.ts";
import { createStoreClient } from "./store-client.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { createVirtualTime, type VirtualTime } from "./virtual-time.ts";
import { createWitness, type Witness } from "./witness.ts";
import type { WorldSettings } from "./world-settings.ts";

export const WORLD_STARTS_AT = 1_800_000_000_000;
export const PEOPLE = ["ada", "ines"] as const;

export interface WorldParts {
  readonly seed: number;
  readonly settings: WorldSettings;
  readonly code: CodeUnderTest;
  readonly coverage: Coverage;
  readonly log: (line: () => string) => void;
  readonly crypto: SimCrypto;
}

/** Everything there is: people's browsers, our processes, the store, the provider, the APIs, and who watches them. */
export interface World {
  readonly settings: WorldSettings;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly browsers: readonly SimBrowser[];
  readonly provider: SimProvider;
  readonly store: SimStore;
  readonly faults: PlannedFaults;
  readonly traffic: Traffic;
  readonly witness: Witness;
  readonly crypto: SimCrypto;
  readonly logoutTokens: Map<string, { readonly sub?: string; readonly sid?: string; readonly iat: number }>;
  instance(place: number): Instance | undefined;
  befall(process: SimProcess, what: Misfortune): void;
  /** Drains a process, and starts another in its place. */
  replace(place: number): Promise<void>;
  providerGoesDown(how: ProviderOutage, ms: number): void;
  /** Something is wrong until then. */
  trouble(ms: number): void;
  /** Ends all outages, and starts what is dead. */
  heal(): void;
}

export function createWorld(parts: WorldParts): World {
  const { settings, code, coverage, crypto, log } = parts;
  const random = createRandom(parts.seed, 2);
  const time = createVirtualTime(WORLD_STARTS_AT, createRandom(parts.seed, 3));
  const provider = createSimProvider(settings, () => time.now());
  const store = createSimStore(time, random, settings.storeSkewMs);
  const places: (Instance | undefined)[] = [];
  const logoutTokens: World["logoutTokens"] = new Map();
  let outage: ProviderOutage | undefined;
  let outageUntil = 0;
  let started = 0;

  const facts: Facts = {
    settings,
    sessions: new Map(),
    tokenCalls: new Map(),
    publishedAt: new Map(),
    accessTokensOf: new Map(),
    requests: [],
    deaths: new Map(),
    storeFailures: [],
    storeFaultsAt: [],
    storeSlownessAt: [],
    storeLosses: [],
    damages: [],
    successes: [],
    reportedDown: new Set(),
    unreported: new Map(),
    failedRevocations: new Set(),
    clockSteps: [],
    outages: (process) => store.outages(process),
    troubleUntil: 0,
  };
  const witness = createWitness({
    facts,
    coverage,
    crypto,
    provider,
    now: () => time.now(),
    log,
    touchedAt: (sid) => store.peek(crypto.recordOfSession(sid) ?? "")?.touchedAt,
  });
  const faults = createPlannedFaults({
    befall,
    onFault(what) {
      log(() => `   fault: ${what}`);
      if (what.startsWith("store")) facts.storeFaultsAt.push(time.now());
      trouble(90_000);
    },
  });
  const storeTimers = {
    setTimeout: (run: () => void, ms: number) => time.schedule(time.now() + Math.max(1, ms), run),
    clearTimeout(handle: unknown) {
      if (typeof handle === "object" && handle !== null && "isCancelled" in handle) handle.isCancelled = true;
    },
  };
  const core = observeLedger(code.createRecordLedger(store.records, storeTimers), coverage, witness);

  function trouble(ms: number): void {
    facts.troubleUntil = Math.max(facts.troubleUntil, time.now() + ms);
  }

  function ledgerOf(process: SimProcess): Ledger {
    if (settings.ledger === "memory") {
      return observeLedger(code.createMemoryLedger(process.ports), coverage, witness);
    }
    return createStoreClient({
      process,
      store,
      core,
      time,
      random,
      faults,
      latencyMs: settings.latencyMs,
      log,
      newUnreadable: () => new code.TokensError("record_unreadable", "damaged"),
      onRefusedWrite(call) {
        if (call !== "probe") witness.writeRefused(process);
      },
      onSlowness: () => void facts.storeSlownessAt.push(time.now()),
      onFailure(call) {
        facts.storeFailures.push({ process, call, at: time.now() });
        trouble(30_000);
      },
    });
  }

  function start(place: number): void {
    started += 1;
    const process = createSimProcess(`p${place}.${started}`, time, createRandom(parts.seed, 100 + started), {
      place,
      wallSkewMs: settings.wallSkewsMs[place] ?? 0,
      monotonicStartMs: random.integer(0, 1_000_000),
    });
    const client = createProviderClient({
      process,
      provider,
      settings,
      time,
      random,
      faults,
      witness,
      logoutTokens,
      outage: () => outage,
    });
    const instance = startInstance({
      code,
      process,
      settings,
      ledger: ledgerOf(process),
      provider: client,
      send: createApiNetwork({ process, settings, time, random, faults, witness }),
      crypto,
      coverage,
      witness,
      log,
    });
    places[place] = instance;
    void instance.bff.ready().then(() => {
      instance.isServing = true;
    });
  }

  function kill(instance: Instance, isDrained: boolean): void {
    if (!instance.process.isAlive()) return;
    instance.isServing = false;
    if (settings.ledger === "memory" && isDrained) witness.ledgerCloses();
    instance.process.kill();
    facts.deaths.set(instance.process, { at: time.now(), isDrained });
    if (settings.ledger === "memory") witness.storeForgot(Number.POSITIVE_INFINITY);
    traffic.disconnect(instance);
  }

  function befall(process: SimProcess, what: Misfortune): void {
    const place = places.findIndex((instance) => instance?.process === process);
    const instance = places[place];
    if (instance === undefined || !process.isAlive()) return;
    log(() => `   ${process.name} meets: ${JSON.stringify(what)}`);
    if (what.kind === "crash") {
      trouble(what.backAfterMs + 90_000);
      kill(instance, false);
      time.schedule(time.now() + what.backAfterMs, () => {
        if (places[place] === instance) start(place);
      });
      return;
    }
    trouble(what.ms + 90_000);
    if (what.kind === "pause") process.pause(what.ms);
    else process.suspend(what.ms);
  }

  async function replace(place: number): Promise<void> {
    const old = places[place];
    if (old === undefined || !old.process.isAlive() || !old.isServing) return;
    old.isServing = false;
    if (settings.ledger === "shared") start(place);
    const drained = old.bff.drain();
    const isDrained = await new Promise<boolean>((resolve) => {
      const timer = time.schedule(time.now() + 36_000, () => resolve(false));
      const poll = (): void => {
        const isBusy = facts.requests.some(
          ({ process, answeredAt, isOver }) => process === old.process && answeredAt === undefined && !isOver,
        );
        if (isBusy) time.schedule(time.now() + 50, poll);
        else {
          timer.isCancelled = true;
          resolve(true);
        }
      };
      void drained.then(poll);
    });
    kill(old, isDrained);
    if (places[place] === old) start(place);
  }

  const traffic = createTraffic({
    time,
    random,
    settings,
    facts,
    coverage,
    witness,
    crypto,
    provider,
    log,
    instances: () => places.filter((instance) => instance !== undefined),
  });
  for (let place = 0; place < settings.instances; place += 1) start(place);

  return {
    settings,
    time,
    random,
    browsers: Array.from({ length: settings.browsers }, (_, number) =>
      createSimBrowser(number, PEOPLE[settings.onePerson ? 0 : number % 2] ?? PEOPLE[0]),
    ),
    provider,
    store,
    faults,
    traffic,
    witness,
    crypto,
    logoutTokens,
    instance: (place) => places[place],
    befall,
    replace,
    providerGoesDown(how, ms) {
      outage = how;
      outageUntil = Math.max(outageUntil, time.now() + ms);
      trouble(ms + 60_000);
      time.schedule(outageUntil, () => {
        if (time.now() >= outageUntil) outage = undefined;
      });
    },
    trouble,
    heal() {
      faults.clear();
      for (const [place, instance] of places.entries())
        if (instance?.process.isAlive() === false) start(place);
    },
  };
}
