import type { TimerPorts } from "@coatcheck/tokens";
import type { Random } from "./random.ts";
import type { Scheduled, VirtualTime } from "./virtual-time.ts";

/** One operating-system process, from start to end: its clocks, its timers, and what arrives for it. */
export interface SimProcess {
  readonly name: string;
  /** Of the instance: a process that is started again stands in the same place. */
  readonly place: number;
  readonly ports: TimerPorts & { readonly randomBytes: (count: number) => Uint8Array<ArrayBuffer> };
  isAlive(): boolean;
  isPaused(): boolean;
  /** Something from outside arrives: read now, or after a pause (when overdue timers have fired), or never. */
  deliver(run: () => void): void;
  /** It stands still, as in a long garbage collection: time passes, then all overdue timers fire first. */
  pause(ms: number): void;
  /** The machine sleeps: the monotonic clock and the timers stand still with it, the wall clock doesn't. */
  suspend(ms: number): void;
  /** Somebody sets the wall clock. */
  stepClock(byMs: number): void;
  wallSkewMs(): number;
  /** It is gone at once: no timer, no answer, no further step of anything it was doing. */
  kill(): void;
  /** When it stood still: pairs of true instants. */
  standstills(): readonly (readonly [from: number, to: number])[];
}

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
  scheduled: Scheduled | undefined;
}

const TIMERS_FIRST = -2;
const ARRIVALS_NEXT = -1;
/** Reading what has piled up takes more than one turn of the event loop. */
const READING_MS = 5;

export function createSimProcess(
  name: string,
  time: VirtualTime,
  random: Random,
  {
    place,
    ...clock
  }: { readonly place: number; readonly wallSkewMs: number; readonly monotonicStartMs: number },
): SimProcess {
  const timers = new Map<number, Timer>();
  const arrivals: (() => void)[] = [];
  const standstills: [number, number][] = [];
  let nextTimer = 1;
  let isAlive = true;
  let resumeAt: number | undefined;
  let wallSkewMs = clock.wallSkewMs;
  /** How far the monotonic clock fell behind the true one while the machine slept. */
  let sleptMs = 0;
  const tie = random.fraction();

  const monotonic = (): number => time.now() - sleptMs;

  function arm(id: number, timer: Timer): void {
    timer.scheduled = time.schedule(
      timer.dueAt + sleptMs,
      () => {
        timer.scheduled = undefined;
        // Without this, a process that stands still would notice its time-outs.
        if (resumeAt !== undefined) return;
        timers.delete(id);
        timer.run();
      },
      tie,
    );
  }

  function resume(): void {
    if (!isAlive || resumeAt === undefined || time.now() < resumeAt) return;
    resumeAt = undefined;
    const overdue = [...timers]
      .filter(([, timer]) => timer.scheduled === undefined)
      .toSorted(([idA, a], [idB, b]) => a.dueAt - b.dueAt || idA - idB);
    for (const [id, timer] of overdue) {
      timer.scheduled = time.schedule(
        time.now(),
        () => {
          timers.delete(id);
          timer.run();
        },
        TIMERS_FIRST,
      );
    }
    const waiting = arrivals.splice(0);
    let readAt = time.now();
    for (const run of waiting) {
      time.schedule(readAt, () => deliver(run), ARRIVALS_NEXT);
      readAt += random.integer(0, 1) * random.integer(0, READING_MS);
    }
  }

  function deliver(run: () => void): void {
    if (!isAlive) return;
    if (resumeAt === undefined) run();
    else arrivals.push(run);
  }

  function standStill(ms: number): void {
    const now = time.now();
    const until = Math.max(resumeAt ?? 0, now + ms);
    resumeAt = until;
    standstills.push([now, until]);
    time.schedule(until, resume, -3);
  }

  return {
    name,
    place,
    isAlive: () => isAlive,
    isPaused: () => resumeAt !== undefined,
    deliver,
    pause(ms) {
      if (isAlive) standStill(ms);
    },
    suspend(ms) {
      if (!isAlive || resumeAt !== undefined) return;
      standStill(ms);
      sleptMs += ms;
      for (const [id, timer] of timers) {
        if (timer.scheduled !== undefined) timer.scheduled.isCancelled = true;
        arm(id, timer);
      }
    },
    stepClock: (byMs) => void (wallSkewMs += byMs),
    wallSkewMs: () => wallSkewMs,
    kill() {
      isAlive = false;
      for (const { scheduled } of timers.values()) if (scheduled !== undefined) scheduled.isCancelled = true;
      timers.clear();
      arrivals.length = 0;
    },
    standstills: () => standstills,
    ports: {
      nowMs: () => Math.floor(time.now() + wallSkewMs),
      monotonicMs: () => clock.monotonicStartMs + monotonic(),
      setTimeout(run, ms) {
        const id = nextTimer;
        nextTimer += 1;
        if (!isAlive) return id;
        const timer: Timer = { dueAt: monotonic() + Math.max(1, Math.trunc(ms)), run, scheduled: undefined };
        timers.set(id, timer);
        arm(id, timer);
        return id;
      },
      clearTimeout(handle) {
        if (typeof handle !== "number") return;
        const timer = timers.get(handle);
        if (timer?.scheduled !== undefined) timer.scheduled.isCancelled = true;
        timers.delete(handle);
      },
      randomBytes: (count) => random.bytes(count),
    },
  };
}
