import type { SessionRef, TokenKeeper } from "@coatcheck/tokens";
import { madeUpSession } from "../torture/memory/refreshing-crowd.ts";
import { sleep } from "../torture/stage/sleep.ts";
import type { Say } from "../torture/scene.ts";
import { workThrough } from "../work-through.ts";
import { createCountedKeeper, PROVIDER_MS } from "./deeds.ts";
import { difference, METERED_STORES, type StoreReading } from "../metered/metered-store.ts";
import { projectLoad, type Projection } from "./project-load.ts";
import type { MeasuredLedger, ScaleFigures } from "./scale-figures.ts";
import { watchLedger, type WatchedLedger } from "./watched-ledger.ts";
import { ratesOf, type Workload } from "./workload.ts";

/** One figure by the model and as it was found. */
export interface Compared {
  readonly what: string;
  readonly model: number;
  readonly found: number;
}

export interface CheckOptions {
  readonly ledger: MeasuredLedger;
  /** Sign-outs come at their rate, and so does somebody new for each. */
  readonly workload: Workload;
  readonly seconds: number;
}

/** What came of a run. */
export interface CheckReport {
  readonly ledger: MeasuredLedger;
  readonly workload: Workload;
  readonly seconds: number;
  readonly calls: number;
  /** Calls that got no token. */
  readonly failed: number;
  readonly compared: readonly Compared[];
}

/** How far the model may be off. */
export const TOLERANCE = 0.2;

const MADE_BESIDE = 256;
const WARM_UP_SECONDS = 10;
const TICK_MS = 10;
const LEFT_MS = 8 * 3_600_000;
const HOUR_SECONDS = 3_600;

/** A session as its browser knows it. */
interface Browser {
  index: number;
  generation: number;
  issuedAt: number;
  touchedAt: number;
}

/**
 * Makes that many sessions in a real store, and lets pages load as the model has it, through keepers and ledgers as they run in
 * production. Provider and browsers are of this process, so that nothing is measured but what the model is about.
 */
export async function checkRun(options: CheckOptions, figures: ScaleFigures, say: Say): Promise<CheckReport> {
  const { ledger, workload, seconds } = options;
  const store = await METERED_STORES[ledger]();
  try {
    const instances = await Promise.all(
      Array.from({ length: workload.instances * workload.workers }, async () => {
        const watched = watchLedger(await store.openLedger(), true);
        const keeper = createCountedKeeper(watched.ledger, workload.tokenLifeSeconds * 1_000, PROVIDER_MS);
        await keeper.ready();
        return { watched, keeper };
      }),
    );
    const crowd = createBrowsers(
      instances.map(({ keeper }) => keeper),
      workload,
    );
    const emptyBytes = await store.dataBytes();
    await crowd.refreshAll();
    const bytes = (await store.dataBytes()) - emptyBytes;
    say(`${workload.sessions} sessions are there: ${bytes} bytes ${JSON.stringify([...crowd.failures])}`);
    crowd.spreadAges();
    await crowd.load(WARM_UP_SECONDS);
    const [before, stepsBefore, beganAt] = [await store.read(), sumSteps(instances), performance.now()];
    const { calls, failed } = await crowd.load(seconds);
    if (failed > 0) say(`calls without a token: ${JSON.stringify([...crowd.failures])}`);
    const lasted = (performance.now() - beganAt) / 1_000;
    const used = difference(before, await store.read());
    const steps = sumSteps(instances);
    for (const { watched } of instances) await watched.settled();
    for (const { watched } of instances) await watched.ledger.close();
    const ofStep = (step: string): number => ((steps.get(step) ?? 0) - (stepsBefore.get(step) ?? 0)) / lasted;
    const reached = { ...workload, callsPerSecond: calls / lasted };
    // Made a minute ago: there was no time to remember more.
    const projection = projectLoad(reached, figures, ledger, { generationsKept: 1 });
    return {
      ledger,
      workload: reached,
      seconds: lasted,
      calls,
      failed,
      compared: [
        { what: "refreshes a second", model: projection.rates.refreshes, found: ofStep("publish") },
        {
          what: "MB of sessions that refreshed once",
          model: (workload.sessions * figures.ledgers[ledger].recordBytes) / 1e6,
          found: bytes / 1e6,
        },
        ...compareStore(projection, used, lasted),
      ],
    };
  } finally {
    await store.close();
  }
}

function compareStore(projection: Projection, used: StoreReading, seconds: number): readonly Compared[] {
  const needOf = (unit: string): number => projection.needs.find((need) => need.unit === unit)?.amount ?? 0;
  const megabits = (8 * (used.bytesToStore + used.bytesFromStore)) / 1e6 / seconds;
  return [
    { what: "messages a second", model: projection.roundTrips, found: used.roundTrips / seconds },
    ...(projection.ledger === "redis"
      ? [{ what: "commands a second", model: projection.commands, found: used.commands / seconds }]
      : []),
    { what: "Mbit/s with the store", model: needOf("Mbit/s"), found: megabits },
    { what: "MB/s into its log", model: needOf("MB/s"), found: used.logBytes / 1e6 / seconds },
    { what: "cores of the store", model: needOf("cores"), found: used.cpuSeconds / seconds },
  ];
}

function sumSteps(instances: readonly { readonly watched: WatchedLedger }[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const { watched } of instances)
    for (const [step, count] of watched.steps) sum.set(step, (sum.get(step) ?? 0) + count);
  return sum;
}

function createBrowsers(keepers: readonly TokenKeeper[], workload: Workload) {
  const { sessions, callsAtOnce, tokenLifeSeconds } = workload;
  const lifeMs = tokenLifeSeconds * 1_000;
  const touchEveryMs = workload.idleSeconds * 100;
  const browsers: Browser[] = Array.from({ length: sessions }, (_, index) => ({
    index,
    generation: 0,
    issuedAt: 0,
    touchedAt: 0,
  }));
  let nextIndex = sessions;
  let nextKeeper = 0;
  let calls = 0;
  let failed = 0;
  const failures = new Map<string, number>();

  function show(browser: Browser, now: number): SessionRef {
    return madeUpSession({ ...browser, lifeMs }, now + LEFT_MS, now);
  }

  function pickKeeper(): TokenKeeper {
    nextKeeper += 1;
    const keeper = keepers[nextKeeper % keepers.length];
    if (keeper === undefined) throw new RangeError("There is no instance.");
    return keeper;
  }

  /** @returns whether the answer handed a newer session out */
  async function call(browser: Browser, isTouching: boolean): Promise<boolean> {
    const now = Date.now();
    const shown = browser.generation;
    const visit = pickKeeper().open(show(browser, now));
    const outcome = await visit.ensureFresh("");
    calls += 1;
    // Its person has signed out while the page was loading.
    if (outcome.kind === "ended") return false;
    if (outcome.kind !== "fresh") {
      failed += 1;
      const why = outcome.kind === "unavailable" ? outcome.code : outcome.kind;
      failures.set(why, (failures.get(why) ?? 0) + 1);
      return false;
    }
    const closed = await visit.close({
      known: outcome.grant,
      willWrite: isTouching || outcome.grant.generation > shown,
      ...(isTouching ? { touchedAt: now } : {}),
    });
    if (closed.kind === "live" && closed.changed && closed.grant.generation > browser.generation) {
      browser.generation = closed.grant.generation;
      browser.issuedAt = closed.grant.accessTokens[""]?.issuedAt ?? now;
    }
    return true;
  }

  /** Of its calls one moves the idle deadline, if that is due. */
  async function loadPage(browser: Browser): Promise<void> {
    const now = Date.now();
    const isTouching = now - browser.touchedAt >= touchEveryMs;
    if (isTouching) browser.touchedAt = now;
    const all = Array.from({ length: callsAtOnce }, (_, at) => call(browser, isTouching && at === 0));
    await Promise.all(all);
  }

  function pick(): Browser {
    const browser = browsers[Math.floor(Math.random() * browsers.length)];
    if (browser === undefined) throw new RangeError("There is nobody.");
    return browser;
  }

  /** Somebody else signs in for it. */
  async function signOut(browser: Browser): Promise<void> {
    await pickKeeper().end(show(browser, Date.now()), "signed_out");
    Object.assign(browser, { index: nextIndex, generation: 0, issuedAt: Date.now(), touchedAt: Date.now() });
    nextIndex += 1;
  }

  return {
    failures,
    refreshAll: () => workThrough(browsers, MADE_BESIDE, (browser) => call(browser, false)),
    /** As they are when it has gone on for long. */
    spreadAges(): void {
      const now = Date.now();
      const betweenPagesMs = (1_000 * sessions * callsAtOnce) / workload.callsPerSecond;
      const usedMs = lifeMs - Math.min(lifeMs / 5, 60_000);
      const ageIn = (fullMs: number): number => {
        const age = Math.random() * (fullMs + betweenPagesMs);
        return age < fullMs ? age : fullMs + pause(1 / betweenPagesMs);
      };
      for (const browser of browsers) {
        browser.issuedAt = now - ageIn(usedMs);
        browser.touchedAt = now - ageIn(touchEveryMs);
      }
    },
    async load(seconds: number): Promise<{ readonly calls: number; readonly failed: number }> {
      calls = 0;
      failed = 0;
      const pagesPerMs = workload.callsPerSecond / callsAtOnce / 1_000;
      const signOutsPerMs = ratesOf(workload).signOuts / 1_000;
      const running = new Set<Promise<void>>();
      const start = (work: Promise<void>): void => {
        running.add(work);
        const forget = (): void => void running.delete(work);
        work.then(forget, forget);
      };
      const beganAt = performance.now();
      let nextPageMs = 0;
      let nextSignOutMs = 0;
      for (let now = 0; now < seconds * 1_000; now = performance.now() - beganAt) {
        for (; nextPageMs <= now; nextPageMs += pause(pagesPerMs)) start(loadPage(pick()));
        for (; nextSignOutMs <= now; nextSignOutMs += pause(signOutsPerMs)) start(signOut(pick()));
        await sleep(TICK_MS);
      }
      await Promise.all(running);
      return { calls, failed };
    },
  };
}

/** To the next of what comes at random moments. */
function pause(perMs: number): number {
  return perMs === 0 ? HOUR_SECONDS * 1_000 : -Math.log(1 - Math.random()) / perMs;
}
