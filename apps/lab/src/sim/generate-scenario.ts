import { generateFault } from "./generate-fault.ts";
import { createRandom, type Random } from "./random.ts";
import type { CallRoute, PageCall, Step } from "./steps.ts";
import type { WorldKind, WorldSettings } from "./world-settings.ts";

/** One world and what befalls it: everything that a run depends on. */
export interface Scenario {
  readonly seed: number;
  readonly settings: WorldSettings;
  /** In the order of their instants. */
  readonly steps: readonly Step[];
}

const API_ROUTES: readonly CallRoute[] = ["api-a", "api-b", "api-plain"];

const COMES_BACK_BEFORE_MS = 3_000;

/** Makes up a world from its seed. @param hours that it goes on at least. Default: four to eight bursts of activity */
export function generateScenario(seed: number, hours?: number): Scenario {
  const random = createRandom(seed, 1);
  // Of a stream of their own: a world of the usual kind is the same whatever other kinds there are.
  const randomOfKind = createRandom(seed, 5);
  const kind = randomOfKind.weighted<WorldKind>([
    [84, "usual"],
    [8, "partitions"],
    [8, "provider-clock"],
  ]);
  const settings = generateSettings(kind, random);
  const usual = generateSteps(settings, random, hours);
  const steps = [...usual, ...stepsOfKind(settings, usual, randomOfKind)];
  return { seed, settings, steps: steps.toSorted((a, b) => a.at - b.at) };
}

/** What makes a world one of its kind: near the calls, where it matters. */
function stepsOfKind({ kind, instances }: WorldSettings, usual: readonly Step[], random: Random): Step[] {
  const calls = usual.filter((step) => step.do === "calls");
  if (kind === "usual" || calls.length === 0) return [];
  return Array.from({ length: random.integer(1, 4) }, () => {
    const at = Math.max(1, random.pick(calls).at + random.integer(-600, 600));
    if (kind === "provider-clock") {
      const limitMs = random.pick([2_000, 40_000, 600_000]);
      return { at, do: "provider-clock", byMs: random.integer(-limitMs, limitMs) };
    }
    const places = Array.from({ length: instances }, (_, place) => place);
    return {
      at,
      do: "partition",
      instances: places.filter(() => random.chance(0.5)),
      how: random.pick(["refusing", "silent", "read-only"] as const),
      ms: random.pick([300, 2_000, 6_000, 20_000, 70_000, 140_000]),
    };
  });
}

function generateSettings(kind: WorldKind, random: Random): WorldSettings {
  const few = random.weighted([
    [3, 1],
    [5, 2],
    [3, 3],
  ]);
  const instances = kind === "partitions" ? 4 : few;
  const rotation = random.weighted([
    [58, "strict"],
    [14, "grace"],
    [12, "same"],
    [12, "absent"],
    [3, "none"],
  ] as const);
  const idleSeconds = random.pick([900, 1_800, 1_800, 3_600]);
  const isSkewed = random.chance(0.4);
  const skew = (): number => (isSkewed ? random.integer(-1_500, 1_500) : 0);
  return {
    kind,
    instances,
    browsers: random.chance(0.3) ? 2 : 1,
    onePerson: random.chance(0.5),
    ledger: instances === 1 && random.chance(0.4) ? "memory" : "shared",
    rotation,
    graceSeconds: rotation === "grace" ? random.pick([10, 30, 60]) : 0,
    accessTokenSeconds: random.pick([30, 60, 60, 120, 300, 300, 600]),
    refreshRevokesOthers: random.chance(0.08),
    refreshRevokesAll: random.chance(0.05),
    sharedGrant: random.chance(0.3),
    windowRefresh: random.chance(0.85),
    onStaleCookie: random.chance(0.15) ? "end" : "refuse",
    idleSeconds,
    absoluteSeconds: random.chance(0.15) ? 3_600 : 43_200,
    wallSkewsMs: Array.from({ length: instances }, skew),
    storeSkewMs: skew(),
    latencyMs: random.pick([1, 3, 10, 40]),
    tokenCallMs: random.pick([20, 100, 300, 1_500]),
    tokenTimeoutMs: random.pick([15_000, 30_000, 30_000, 30_000, 60_000]),
  };
}

function generateSteps(settings: WorldSettings, random: Random, hours: number | undefined): readonly Step[] {
  const steps: Step[] = [];
  const isCalm = random.chance(0.12);
  const lifeMs = settings.accessTokenSeconds * 1_000;
  const any = (): number => random.integer(0, settings.browsers - 1);
  let at = 200;

  for (let browser = 0; browser < settings.browsers; browser += 1) {
    steps.push({ at, do: "sign-in", browser, person: settings.onePerson ? 0 : browser });
    at += random.integer(50, 2_000);
  }
  at += 5_000;
  const episodes = random.integer(4, 8);
  const endsAt = (hours ?? 0) * 3_600_000;
  // A day is long: without this, everybody would have been signed out by its first hour.
  const comingBack = hours === undefined ? 0 : settings.browsers;
  for (let episode = 0; episode < episodes || at < endsAt; episode += 1) {
    at += gapMs(settings, random);
    for (let browser = 0; browser < comingBack; browser += 1)
      steps.push({ at: at - COMES_BACK_BEFORE_MS, do: "come-back", browser });
    const faults = isCalm || random.chance(0.35) ? 0 : random.integer(1, 2);
    for (let index = 0; index < faults; index += 1) {
      steps.push({
        ...generateFault(settings, random),
        at: at + random.integer(-40, random.chance(0.5) ? 40 : 2_000),
      });
    }
    if (!isCalm && random.chance(0.06)) {
      steps.push(...generateTakeOver(random, at, any()));
      at += 70_000;
    } else if (!isCalm && random.chance(0.04)) {
      steps.push({ at, do: "calls", browser: any(), calls: pageLoad(random) });
      steps.push({
        at: at + random.integer(0, 500),
        do: "replace-instance",
        instance: random.integer(0, settings.instances - 1),
      });
      at += 5_000;
    }
    steps.push(...generateEpisode(settings, random, at, any()));
    if (random.chance(0.25)) at += random.integer(0, 3_000);
  }
  if (random.chance(0.5)) {
    steps.push({ at: at + lifeMs, do: "calls", browser: any(), calls: pageLoad(random) });
  }
  return steps;
}

/** From one burst of activity to the next: mostly so that tokens are near their end, or beyond. */
function gapMs(settings: WorldSettings, random: Random): number {
  const lifeMs = settings.accessTokenSeconds * 1_000;
  return Math.round(
    random.weighted([
      [3, lifeMs * (0.8 + random.fraction() * 0.2)],
      [5, lifeMs * (1 + random.fraction() * 0.2)],
      [3, random.fraction() * 15_000],
      [2, random.fraction() * lifeMs],
      [2, 100_000 + random.fraction() * 120_000],
      [1.2, 580_000 + random.fraction() * 300_000],
      [0.25, settings.idleSeconds * 1_000 * (0.9 + random.fraction() * 0.2)],
    ]),
  );
}

function generateEpisode(
  settings: WorldSettings,
  random: Random,
  at: number,
  browser: number,
): readonly Step[] {
  const steps: Step[] = [{ at, do: "calls", browser, calls: pageLoad(random) }];
  const soon = (ms: number): number => at + random.integer(0, ms);
  const kind = random.fraction();
  if (random.chance(0.3)) steps.push({ at: soon(600), do: "calls", browser, calls: pageLoad(random) });
  if (kind < 0.1) steps.push({ at: soon(800), do: "sign-out", browser });
  else if (kind < 0.22) {
    const person = random.chance(0.6) && settings.onePerson ? 0 : random.integer(0, 1);
    steps.push({ at: soon(500), do: "sign-in", browser, person });
  } else if (kind < 0.32) steps.push({ at: soon(300), do: "close-tab", browser });
  else if (kind < 0.4) steps.push({ at: at - 1, do: "lose-responses", browser, count: random.integer(1, 6) });
  else if (kind < 0.5)
    steps.push({
      at: at - 1,
      do: "delay-responses",
      browser,
      count: 6,
      ms: random.pick([300, 3_000, 20_000]),
    });
  else if (kind < 0.6) {
    steps.push({ at: at - 1, do: "save-jar", browser });
    const backMs = random.pick([2_000, 40_000, 200_000, 730_000, 900_000]);
    steps.push({ at: at + backMs, do: "restore-jar", browser });
    steps.push({ at: at + backMs + random.integer(10, 400), do: "calls", browser, calls: pageLoad(random) });
    if (backMs > 600_000) {
      steps.push({ at: at + 130_000, do: "calls", browser, calls: pageLoad(random) });
      steps.push({ at: at + 131_000, do: "calls", browser, calls: pageLoad(random) });
    }
  }
  if (random.chance(0.6) && kind > 0.1 && kind < 0.2) {
    steps.push({ at: at + random.integer(4_000, 9_000), do: "calls", browser, calls: pageLoad(random) });
  }
  // Somebody who signed out, or whose session is over, comes back.
  if (kind < 0.1 || random.chance(0.07)) {
    steps.push({
      at: at + random.integer(5_000, 40_000),
      do: "sign-in",
      browser,
      person: random.integer(0, 1),
    });
  }
  return steps;
}

/** A leader stands still for longer than its lease, while others wait. */
function generateTakeOver(random: Random, at: number, browser: number): readonly Step[] {
  const moment = random.pick(["token-connecting", "token-sent", "token-answered", "publish-sent"] as const);
  const ms = random.pick([52_000, 65_000]);
  return [
    { at: at - 1, do: "befall-at", moment, what: { kind: "pause", ms } },
    { at, do: "calls", browser, calls: pageLoad(random) },
    { at: at + random.integer(44_000, 47_000), do: "calls", browser, calls: pageLoad(random) },
    { at: at + random.integer(48_000, 53_000), do: "calls", browser, calls: pageLoad(random) },
  ];
}

function pageLoad(random: Random): readonly PageCall[] {
  const spreadMs = random.pick([0, 5, 50, 300, 300, 1_500]);
  const calls: PageCall[] = [];
  if (random.chance(0.5)) calls.push({ route: "session", afterMs: 0 });
  const count = random.integer(2, 6);
  const only = random.chance(0.3) ? random.pick(API_ROUTES) : undefined;
  for (let index = 0; index < count; index += 1) {
    const route = only ?? (random.chance(0.8) ? random.pick(API_ROUTES) : random.pick(OWN_ROUTES));
    calls.push({ route, afterMs: random.integer(0, spreadMs) });
  }
  return calls;
}

const OWN_ROUTES: readonly CallRoute[] = ["userinfo", "validate", "refresh", "activity", "session"];
