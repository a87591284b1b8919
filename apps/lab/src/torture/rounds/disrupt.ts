import { fillMemory } from "../stage/fill-memory.ts";
import { sleep, sleepUntil } from "../stage/sleep.ts";
import type { Stage } from "../stage/stage.ts";
import type { Visitor } from "../stage/visitor.ts";
import type { BatchFault } from "./plan.ts";
import type { Run } from "./run.ts";

/** Between an answer that left the provider and its record in the ledger; a call this young counts as in flight. */
const RECORDING_MS = 100;
/** Until the provider has noticed that its client is gone. */
const NOTICED_MS = 300;
const REPLACED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;
const UNDER_WAY_WITHIN_MS = 3_000;
/** A store that was full is taken for well when it has been for so long. */
const STEADY_MS = 16_000;
/** Somewhat after the provider is back. */
const AFTERGLOW_MS = 200;

/** Strikes all sessions of a batch; resolves when whatever broke stands again. */
export async function disrupt(fault: BatchFault, visitors: readonly Visitor[], run: Run): Promise<void> {
  const expiries = visitors.map(({ expiredAtMs }) => expiredAtMs);
  const from = Math.max(Date.now(), Math.min(...expiries));
  const atMs = "moment" in fault ? from + (Math.max(...expiries) - from) * fault.moment : from;
  run.disruptedUntilMs = Number.POSITIVE_INFINITY;
  try {
    await strike(fault, atMs, visitors, run);
  } finally {
    run.disruptedUntilMs = Date.now();
  }
}

async function strike(
  fault: BatchFault,
  atMs: number,
  visitors: readonly Visitor[],
  run: Run,
): Promise<void> {
  const { stage } = run;
  if (fault.kind === "outage") {
    await stage.control.addFault({ kind: "unavailable", grant: "refresh_token", forSeconds: fault.seconds });
    return sleep(fault.seconds * 1_000 + AFTERGLOW_MS);
  }
  if (fault.kind === "kill") return killAmongCalls(fault.instance, atMs, visitors, run);
  await sleepUntil(atMs);
  if (fault.kind === "store") {
    // Where there are replicas, one of them takes over.
    return stage.fleet?.failOver() ?? (stage.redis ?? stage.postgres)?.restart(fault.signal);
  }
  if (fault.kind === "failover") return stage.fleet?.failOver();
  if (fault.kind === "reshard") return stage.fleet?.reshard();
  if (fault.kind === "full") {
    const masters = (await stage.fleet?.masters()) ?? (stage.redis === undefined ? [] : [stage.redis.url]);
    await Promise.all(masters.map((url) => fillMemory(url, fault.seconds)));
    await stage.postgres?.refuseWrites(fault.seconds);
    return sleep(STEADY_MS);
  }
  for (const index of stage.ports.keys()) {
    run.tally.underWayAtDeploy += await waitForTokenCalls(stage, visitors);
    await replaceInstance(stage, index);
  }
}

/** So that a deploy meets some: as many as there are instances, if they come in time. @returns how many are under way */
async function waitForTokenCalls(stage: Stage, visitors: readonly Visitor[]): Promise<number> {
  const isUnderWay = ({ person }: Visitor): boolean => {
    const { refreshes, refreshesAnswered, refreshesCutOff } = stage.idp.counters(person.sub);
    return refreshes > refreshesAnswered + refreshesCutOff;
  };
  const endMs = performance.now() + UNDER_WAY_WITHIN_MS;
  for (;;) {
    const count = visitors.filter(isUnderWay).length;
    if (count >= stage.ports.length || performance.now() > endMs) return count;
    await sleep(LOOK_EVERY_MS);
  }
}

async function replaceInstance(stage: Stage, index: number): Promise<void> {
  const instance = stage.instance(index);
  if (instance.replace !== undefined) return instance.replace();
  await instance.stop("SIGTERM");
  return stage.startInstance(index);
}

/** Slows token calls down, so that the kill meets some, and notes whose they were, by the provider's own counters. */
async function killAmongCalls(
  index: number,
  atMs: number,
  visitors: readonly Visitor[],
  { stage, settings, tally, inFlight }: Run,
): Promise<void> {
  const slow = await stage.control.addFault({
    kind: "delay",
    ms: settings.slowTokenMs,
    grant: "refresh_token",
  });
  const subs = visitors.map(({ person }) => person.sub);
  const ended = (sub: string): number => {
    const { refreshesAnswered, refreshesCutOff } = stage.idp.counters(sub);
    return refreshesAnswered + refreshesCutOff;
  };
  // Somewhat before: an answer that leaves the provider after this may not be recorded in time.
  await sleepUntil(atMs - RECORDING_MS);
  const before = new Map(subs.map((sub) => [sub, ended(sub)]));
  await sleepUntil(atMs);
  const isBack = kill(stage, index);
  // Somewhat after: what the process had sent has reached the provider, and its answer went nowhere. Calls of other
  // processes that were answered meanwhile count as well: nobody can know whose they were.
  await sleep(NOTICED_MS);
  for (const sub of subs.filter((each) => ended(each) > (before.get(each) ?? 0))) {
    inFlight.add(sub);
    tally.inFlightAtKill += 1;
  }
  await isBack;
  await stage.control.clearFaults(slow.id);
}

/** Kills the process, or one of them; resolves when another one is in its place. */
async function kill(stage: Stage, index: number): Promise<void> {
  const instance = stage.instance(index);
  if (!instance.replacesItsOwn) {
    await instance.stop("SIGKILL");
    return stage.startInstance(index);
  }
  const before = instance.pids();
  // The first one holds the port and serves nothing; it isn't among them.
  const victim = before[Math.floor(Math.random() * before.length)];
  if (victim === undefined) throw new Error("There is no process to kill.");
  process.kill(victim, "SIGKILL");
  const endMs = performance.now() + REPLACED_WITHIN_MS;
  while (instance.pids().length < before.length || instance.pids().includes(victim)) {
    if (performance.now() > endMs) throw new Error("The worker that was killed was not replaced.");
    await sleep(LOOK_EVERY_MS);
  }
}
