import type { TimerPorts } from "../timer-ports.ts";
import { pause, waitAtMost, type Timed } from "../deadline.ts";
import type { Ledger, RecordAddress } from "../ledger/ledger.ts";
import type { KeeperPolicy } from "./policy.ts";
import { TokensError } from "../tokens-error.ts";
import type { TokensObserver } from "./tokens-event.ts";

type Operation<T> = (ledger: Ledger) => Promise<T>;

export interface Recording<T> {
  /** `undefined`: the store is out of reach, and `done` keeps trying. */
  readonly first: Promise<T | undefined>;
  /** Rejects only when the ledger is closed. */
  readonly done: Promise<T>;
}

/**
 * The ledger as the keeper sees it: every call bounded, outages noticed once.
 *
 * While the store is known to be down, whatever can wait for it does, and one probe looks for its return: without this,
 * everything that waits would be tried again and again, and its claims would be lying in the store when it comes back.
 */
export interface LedgerGate {
  readonly outlivesProcess: boolean;
  /** Asks once, whatever is known of the store. @throws {TokensError} `ledger_unreachable`; `onLate` gets an answer that comes after that. */
  once<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T>;
  /** Asks only if the store isn't known to be down: for what can be left out. @throws {TokensError} as `once` */
  ifUp<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T>;
  /** Waits for the store, and tries again, until `waitMs` have passed. @throws {TokensError} as `once` */
  patiently<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T>;
  /** Tries for as long as the process lives. `operation` is expected to call `once`. */
  untilDone<T>(operation: () => Promise<T>): Recording<T>;
  /** What the watch over ended sessions says of the store. */
  readonly noteHealth: (isUp: boolean) => void;
  /** How many calls have failed so far: whether there was a gap between two looks. */
  readonly failures: () => number;
}

const PROBE_EVERY_MS = 250;
/** A record that isn't there; giving back a claim on it changes nothing, and takes the way of any other step. */
const NOWHERE: RecordAddress = { key: "probe", tombstones: [], idTokenIat: 0, keepMs: 0, endedKeepMs: 0 };

export function createLedgerGate(
  ledger: Ledger,
  policy: KeeperPolicy,
  ports: TimerPorts,
  observer: TokensObserver,
): LedgerGate {
  let failures = 0;
  let downSince: number | undefined;
  let isProbing = false;
  const waiting = new Set<() => void>();

  function noteUp(): void {
    if (downSince === undefined) return;
    const downMs = ports.monotonicMs() - downSince;
    downSince = undefined;
    observer({ kind: "ledger_up", downMs });
    for (const resume of waiting) resume();
    waiting.clear();
  }

  function noteDown(cause: unknown): TokensError {
    const error = toError(cause);
    failures += 1;
    if (isFinal(error)) return error;
    if (downSince === undefined) {
      downSince = ports.monotonicMs();
      observer({ kind: "ledger_down", code: error.code });
    }
    if (!isProbing) void probe();
    return error;
  }

  async function probe(): Promise<void> {
    isProbing = true;
    for (;;) {
      await pause(PROBE_EVERY_MS, ports);
      if (downSince === undefined) break;
      try {
        await send(
          (found) => found.release(NOWHERE, { generation: 0, fence: "probe" }),
          policy.ledgerBriefMs,
        );
      } catch (error) {
        // Still down: `send` has counted it. Closed: nobody will come back.
        if (isFinal(error)) break;
      }
    }
    isProbing = false;
  }

  /** @returns `false`: not within this time; without one, it waits for as long as it takes */
  async function untilUp(waitMs?: number): Promise<boolean> {
    if (downSince === undefined) return true;
    const up = Promise.withResolvers<true>();
    const resume = (): void => up.resolve(true);
    waiting.add(resume);
    if (waitMs === undefined) return up.promise;
    const timed = await waitAtMost(up.promise, waitMs, ports);
    waiting.delete(resume);
    return timed.kind === "answer";
  }

  async function send<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T> {
    const call = Promise.resolve().then(() => operation(ledger));
    let timed: Timed<T>;
    try {
      timed = await waitAtMost(call, waitMs, ports);
    } catch (error) {
      throw noteDown(error);
    }
    if (timed.kind === "answer") {
      noteUp();
      return timed.value;
    }
    call.then(onLate, () => undefined);
    throw noteDown(undefined);
  }

  async function patiently<T>(
    operation: Operation<T>,
    waitMs: number,
    onLate?: (value: T) => void,
  ): Promise<T> {
    const giveUpAt = ports.monotonicMs() + waitMs;
    const leftMs = (): number => giveUpAt - ports.monotonicMs();
    for (;;) {
      if (!(await untilUp(leftMs()))) throw toError(undefined);
      try {
        return await send(operation, leftMs(), onLate);
      } catch (error) {
        if (isFinal(error) || leftMs() <= 0) throw error;
      }
    }
  }

  function untilDone<T>(operation: () => Promise<T>): Recording<T> {
    const first = Promise.withResolvers<T | undefined>();
    async function run(): Promise<T> {
      for (;;) {
        try {
          const value = await operation();
          first.resolve(value);
          return value;
        } catch (error) {
          first.resolve(undefined);
          if (isFinal(error)) throw error;
        }
        await Promise.all([pause(policy.recordRetryMs, ports), untilUp()]);
      }
    }
    const done = run();
    // A closed ledger is the process's own doing; whoever cares awaits `done`.
    done.catch(() => undefined);
    return { first: first.promise, done };
  }

  return {
    outlivesProcess: ledger.outlivesProcess,
    once: send,
    async ifUp(operation, waitMs, onLate) {
      if (downSince !== undefined) throw toError(undefined);
      return send(operation, waitMs, onLate);
    },
    patiently,
    untilDone,
    noteHealth(isHealthy) {
      if (isHealthy) noteUp();
      else noteDown(undefined);
    },
    failures: () => failures,
  };
}

function toError(cause: unknown): TokensError {
  if (cause instanceof TokensError) return cause;
  return new TokensError("ledger_unreachable", "the ledger did not answer", { cause });
}

function isFinal(error: unknown): boolean {
  return error instanceof TokensError && error.code === "ledger_closed";
}
