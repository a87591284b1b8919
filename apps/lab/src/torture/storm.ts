import { pause, pauseUntil } from "./pause.ts";
import type { Stage } from "./stage.ts";
import type { Storm } from "./torture-plan.ts";

export interface StormParts {
  readonly stage: Stage;
  /** Between these two instants the tokens of the turn's sessions expire, milliseconds since the epoch. */
  readonly span: readonly [fromMs: number, toMs: number];
  /** How long token calls take around a kill, so that it meets some that are under way. */
  readonly slowTokenMs: number;
  /** A process is going to be killed a little later than now. */
  readonly beforeKill: () => void;
  /** It was killed a little earlier than now. */
  readonly afterKill: () => void;
}

/** Between an answer that left the provider and its record in the ledger; a call this young counts as in flight. */
const RECORDING_MS = 100;
/** Until the provider has noticed that its client is gone. */
const NOTICED_MS = 300;
const REPLACED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;
/** Somewhat after the provider is back. */
const AFTERGLOW_MS = 200;

/** Lets one storm blow; resolves when whatever it broke stands again. */
export async function blowStorm(storm: Storm, parts: StormParts): Promise<void> {
  const { stage, span } = parts;
  if (storm.kind === "outage") {
    await stage.control.addFault({ kind: "unavailable", grant: "refresh_token", forSeconds: storm.seconds });
    await pause(storm.seconds * 1_000 + AFTERGLOW_MS);
    return;
  }
  const atMs = span[0] + (span[1] - span[0]) * storm.moment;
  if (storm.kind === "redis") {
    await pauseUntil(atMs);
    await stage.redis?.restart(storm.signal);
    return;
  }
  if (storm.kind === "deploy") {
    await pauseUntil(atMs);
    const instance = stage.instance(storm.instance);
    if (instance.replace !== undefined) return instance.replace();
    await instance.stop("SIGTERM");
    return stage.startInstance(storm.instance);
  }
  const slow = await stage.control.addFault({ kind: "delay", ms: parts.slowTokenMs, grant: "refresh_token" });
  await pauseUntil(atMs - RECORDING_MS);
  parts.beforeKill();
  await pauseUntil(atMs);
  const isBack = kill(stage, storm.instance);
  await pause(NOTICED_MS);
  parts.afterKill();
  await isBack;
  await stage.control.clearFaults(slow.id);
}

/** Kills the process, or one of them; resolves when another one is in its place. */
async function kill(stage: Stage, index: number): Promise<void> {
  const instance = stage.instance(index);
  if (!instance.replacesItsOwn) {
    await instance.stop("SIGKILL");
    await stage.startInstance(index);
    return;
  }
  const before = instance.pids();
  // The first one holds the port and serves nothing.
  const victim = before[Math.floor(Math.random() * before.length)];
  if (victim === undefined) throw new Error("There is no process to kill.");
  process.kill(victim, "SIGKILL");
  const endMs = performance.now() + REPLACED_WITHIN_MS;
  while (instance.pids().length < before.length || instance.pids().includes(victim)) {
    if (performance.now() > endMs) throw new Error("The worker that was killed was not replaced.");
    await pause(LOOK_EVERY_MS);
  }
}
