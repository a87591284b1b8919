import { CHECKOUT, type CodeUnderTest } from "./code-under-test.ts";
import { count, type Coverage } from "./coverage.ts";
import type { Scenario } from "./generate-scenario.ts";
import { mayBeOver, whyNotStale } from "./invariants.ts";
import { createSimCrypto, type SimCrypto } from "./sim-crypto.ts";
import type { SimBrowser } from "./sim-browser.ts";
import type { Step } from "./steps.ts";
import type { Answer } from "./traffic.ts";
import { createWorld, WORLD_STARTS_AT, type World } from "./world.ts";

export interface RunOptions {
  readonly code?: CodeUnderTest;
  readonly coverage?: Coverage;
  /** Gets every line of what happens. */
  readonly onLine?: (line: string) => void;
  /** Default: sealing without arithmetic. */
  readonly crypto?: SimCrypto;
  /** Waits for all work that was begun. Default: until no promise has anything left to do, since nothing else is at work. */
  readonly settle?: () => Promise<void>;
}

export interface RunResult {
  readonly violations: readonly string[];
  readonly events: number;
  /** Two runs that went the same way have the same. */
  readonly trace: number;
}

const CALM_MS = 90_000;
const ASK_EVERY_MS = 20_000;
const FEWEST_EVENTS = 200;
/** For each step: a world that goes round in circles ends. */
const MAX_EVENTS_A_STEP = 3_000;

const noPromiseLeft = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** Runs one scenario to its end, or to the first violation. */
export async function runWorld(scenario: Scenario, options: RunOptions = {}): Promise<RunResult> {
  const { onLine, settle = noPromiseLeft, coverage = new Map<string, number>() } = options;
  let trace = scenario.seed | 0;
  const world = createWorld({
    seed: scenario.seed,
    settings: scenario.settings,
    code: options.code ?? CHECKOUT,
    coverage,
    crypto: options.crypto ?? createSimCrypto(),
    log: (line) =>
      onLine?.(`${((world.time.now() - WORLD_STARTS_AT) / 1_000).toFixed(3).padStart(9)} ${line()}`),
  });
  const { time, witness } = world;

  const maxEvents = MAX_EVENTS_A_STEP * Math.max(20, scenario.steps.length);

  async function runUntil(limit: number): Promise<void> {
    while (witness.violations().length === 0 && time.count() < maxEvents && time.step(limit)) {
      trace = (Math.imul(trace ^ (time.now() | 0), 0x01_00_01_93) + time.count()) | 0;
      await settle();
    }
  }

  await settle();
  for (const step of scenario.steps) {
    await runUntil(WORLD_STARTS_AT + step.at);
    if (witness.violations().length > 0) break;
    if (onLine !== undefined) onLine(`${(step.at / 1_000).toFixed(3).padStart(9)} * ${JSON.stringify(step)}`);
    take(world, step);
    await settle();
  }
  await finish(world, coverage, runUntil, settle);
  for (const request of witness.facts.requests)
    trace = (Math.imul(trace, 31) + (request.answeredAt ?? 7)) | 0;
  return { violations: witness.violations(), events: time.count(), trace };
}

/** All faults end; then every session that nothing permits to be over must work. */
async function finish(
  world: World,
  coverage: Coverage,
  runUntil: (limit: number) => Promise<void>,
  settle: () => Promise<void>,
): Promise<void> {
  const { time, witness, settings } = world;
  if (witness.violations().length > 0) return;
  world.heal();
  // Worlds in which little happened get some more page loads.
  while (time.count() < FEWEST_EVENTS && witness.violations().length === 0) {
    for (const route of ["session", "api-a", "api-b", "userinfo"] as const) {
      for (const browser of world.browsers) void world.traffic.call(browser, route);
    }
    await settle();
    await runUntil(time.now() + 20_000);
  }
  const lifeMs = Math.min(settings.accessTokenSeconds, settings.idleSeconds / 3) * 1_000;
  const work = { world, coverage, runUntil, settle };
  // An outage may still have a while to go, and a token that may be spent is tried again only after its end.
  await runUntil(Math.max(time.now(), witness.facts.troubleUntil));
  await mustWork({ ...work, withinMs: CALM_MS + lifeMs, counted: "live again" });
  // The tokens of then have expired: these need a refresh of their own.
  await runUntil(time.now() + lifeMs);
  await mustWork({ ...work, withinMs: 3 * ASK_EVERY_MS, counted: "healthy at the end" });
  witness.finish();
}

/** Liveness: within the bound each browser's session answers 200, unless something permits it to be over. */
async function mustWork({
  world,
  coverage,
  runUntil,
  settle,
  withinMs,
  counted,
}: {
  readonly world: World;
  readonly coverage: Coverage;
  readonly runUntil: (limit: number) => Promise<void>;
  readonly settle: () => Promise<void>;
  readonly withinMs: number;
  readonly counted: string;
}): Promise<void> {
  const { time, witness } = world;
  const boundAt = time.now() + withinMs;
  const answers = new Map<SimBrowser, Answer>();
  const waiting = (): readonly SimBrowser[] =>
    world.browsers.filter((browser) => answers.get(browser)?.status !== 200);
  do {
    for (const browser of waiting()) {
      browser.responsesToLose = 0;
      browser.page = undefined;
      void world.traffic.call(browser, "api-plain").then((arrived) => {
        if (arrived !== undefined) answers.set(browser, arrived);
      });
    }
    await settle();
    await runUntil(time.now() + ASK_EVERY_MS);
  } while (waiting().length > 0 && time.now() < boundAt && witness.violations().length === 0);
  if (witness.violations().length > 0) return;
  for (const browser of world.browsers) {
    const answer = answers.get(browser);
    const asked = witness.facts.requests.findLast((request) => request.browser === browser.number);
    const shown = asked?.shown[0];
    if (answer?.status === 200) count(coverage, counted);
    if (answer?.status === 200 || shown === undefined) continue;
    const { session } = shown;
    const isIdle = time.now() + 60_000 >= shown.idleDeadline;
    const isStale =
      answer?.problem === "stale_cookie" &&
      whyNotStale(witness.facts, session, shown.generation, time.now()) === undefined;
    if (mayBeOver(witness.facts, session, time.now()) || isIdle || isStale)
      count(coverage, "over at the end");
    else
      witness.accuse(
        `a healthy session doesn't work ${withinMs} ms after the last trouble: ${answer?.status}`,
      );
  }
}

/** Does what a step says. */
function take(world: World, step: Step): void {
  const { traffic, faults, store, time, witness } = world;
  const browser = "browser" in step ? world.browsers[step.browser] : undefined;
  const process = "instance" in step ? world.instance(step.instance)?.process : undefined;
  switch (step.do) {
    case "sign-in":
      if (browser !== undefined) void traffic.signIn(browser, step.person === 0 ? "ada" : "ines");
      return;
    case "come-back":
      if (browser?.jar.size === 0) void traffic.signIn(browser, browser.person);
      return;
    case "calls":
      for (const { route, afterMs } of step.calls) {
        time.schedule(time.now() + afterMs, () => {
          if (browser !== undefined) void traffic.call(browser, route);
        });
      }
      return;
    case "sign-out":
      if (browser !== undefined) void traffic.signOut(browser);
      return;
    case "close-tab":
      for (const abort of browser?.underWay.values() ?? []) abort.abort();
      return;
    case "lose-responses":
      if (browser !== undefined) browser.responsesToLose = step.count;
      return;
    case "delay-responses":
      if (browser !== undefined) browser.responsesToDelay = { left: step.count, ms: step.ms };
      return;
    case "save-jar":
      if (browser !== undefined) browser.savedJar = new Map(browser.jar);
      return;
    case "restore-jar":
      for (const abort of browser?.underWay.values() ?? []) abort.abort();
      if (browser?.savedJar !== undefined) browser.jar = new Map(browser.savedJar);
      return;
    case "befall":
      if (process !== undefined) world.befall(process, step.what);
      return;
    case "befall-at":
      return faults.addMisfortune(step.moment, step.what);
    case "replace-instance":
      return void world.replace(step.instance);
    case "step-clock":
      if (process === undefined) return;
      process.stepClock(step.byMs);
      witness.facts.clockSteps.push({ process, at: time.now() });
      return;
    case "token-fault":
      return faults.addTokenFault(step.fault, step.count);
    case "provider-down":
      return world.providerGoesDown(step.how, step.ms);
    case "revoke-grant":
    case "back-channel":
      return endAtProvider(world, step);
    case "store-fault":
      return faults.addStoreFault(step.call, step.fault, step.count);
    case "store-down":
      world.trouble(step.ms + 90_000);
      return store.goDown(step.how, step.ms);
    case "partition":
      if (world.settings.ledger === "memory") return;
      world.trouble(step.ms + 90_000);
      return store.goDown(step.how, step.ms, step.instances);
    case "provider-clock":
      // Tokens that it issued before may be over for it, and alive for us.
      world.trouble(world.settings.accessTokenSeconds * 1_000 + 90_000);
      return world.provider.stepClock(step.byMs);
    case "store-damages":
      return damageRecord(world, step.browser, step.ms);
    case "store-down-at":
      return faults.addTrap(step.moment, () => {
        world.trouble(step.ms + 90_000);
        store.goDown(step.how, step.ms);
      });
    case "store-forgets":
      if (world.settings.ledger === "memory") return;
      world.trouble(90_000);
      return witness.storeForgot(store.forget(step.lastMs));
  }
}

/** Of the newest session that this browser has had. */
function damageRecord({ settings, witness, store, crypto }: World, browser: number, ms: number): void {
  const session = [...witness.facts.sessions.values()].findLast((found) => found.browser === browser);
  const key = session === undefined ? undefined : crypto.recordOfSession(session.sid);
  if (settings.ledger === "memory" || session === undefined || key === undefined) return;
  store.damage(key, ms);
  witness.recordDamaged(session, ms);
}

function endAtProvider(world: World, step: Extract<Step, { do: "revoke-grant" | "back-channel" }>): void {
  const { provider, witness } = world;
  const session = [...witness.facts.sessions.values()].findLast(({ browser }) => browser === step.browser);
  if (session === undefined) return;
  const { grant } = session.chain;
  if (step.do === "revoke-grant") return provider.end(grant, "administrator");
  provider.end(grant, "back-channel");
  const iat = Math.floor(provider.now() / 1_000);
  const token = `logout-token-${world.logoutTokens.size}`;
  world.logoutTokens.set(token, step.by === "sid" ? { sid: grant.idpSid, iat } : { sub: grant.person, iat });
  world.traffic.sendLogoutToken(token);
}
