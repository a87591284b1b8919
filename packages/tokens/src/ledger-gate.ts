import { pause, waitAtMost, type Timed } from "./deadline.ts";
import type { TimerPorts } from "./keeper-ports.ts";
import type { Ledger } from "./ledger.ts";
import type { KeeperPolicy } from "./policy.ts";
import { TokensError } from "./tokens-error.ts";
import type { TokensObserver } from "./tokens-event.ts";

type Operation<T> = (ledger: Ledger) => Promise<T>;

export interface Recording<T> {
  /** `undefined`: the store is out of reach, and `done` keeps trying. */
  readonly first: Promise<T | undefined>;
  /** Rejects only when the ledger is closed. */
  readonly done: Promise<T>;
}

/** The ledger as the keeper sees it: every call bounded, outages noticed once. */
export interface LedgerGate {
  readonly outlivesProcess: boolean;
  /** @throws {TokensError} `ledger_unreachable`; `onLate` gets an answer that comes after that. */
  once<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T>;
  /** Tries until `waitMs` have passed. @throws {TokensError} as `once` */
  patiently<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T>;
  /** Tries for as long as the process lives. `operation` is expected to call `once`. */
  untilDone<T>(operation: () => Promise<T>): Recording<T>;
  /** What the watch over ended sessions says of the store. */
  readonly noteHealth: (isUp: boolean) => void;
  /** How many calls have failed so far: whether there was a gap between two looks. */
  readonly failures: () => number;
}

const RETRY_MS = 250;

export function createLedgerGate(
  ledger: Ledger,
  policy: KeeperPolicy,
  ports: TimerPorts,
  observer: TokensObserver,
): LedgerGate {
  let failures = 0;
  let downSince: number | undefined;

  function isUp(): void {
    if (downSince === undefined) return;
    const downMs = ports.monotonicMs() - downSince;
    downSince = undefined;
    observer({ kind: "ledger_up", downMs });
  }

  function isDown(cause: unknown): TokensError {
    const error =
      cause instanceof TokensError
        ? cause
        : new TokensError("ledger_unreachable", "the ledger did not answer", { cause });
    failures += 1;
    if (downSince === undefined) {
      downSince = ports.monotonicMs();
      observer({ kind: "ledger_down", code: error.code });
    }
    return error;
  }

  async function once<T>(operation: Operation<T>, waitMs: number, onLate?: (value: T) => void): Promise<T> {
    const call = Promise.resolve().then(() => operation(ledger));
    let timed: Timed<T>;
    try {
      timed = await waitAtMost(call, waitMs, ports);
    } catch (error) {
      throw isDown(error);
    }
    if (timed.kind === "answer") {
      isUp();
      return timed.value;
    }
    call.then(onLate, () => undefined);
    throw isDown(undefined);
  }

  async function patiently<T>(
    operation: Operation<T>,
    waitMs: number,
    onLate?: (value: T) => void,
  ): Promise<T> {
    const giveUpAt = ports.monotonicMs() + waitMs;
    for (;;) {
      try {
        return await once(operation, giveUpAt - ports.monotonicMs(), onLate);
      } catch (error) {
        if (isFinal(error) || giveUpAt - ports.monotonicMs() <= RETRY_MS) throw error;
      }
      await pause(RETRY_MS, ports);
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
        await pause(policy.recordRetryMs, ports);
      }
    }
    const done = run();
    // A closed ledger is the process's own doing; whoever cares awaits `done`.
    done.catch(() => undefined);
    return { first: first.promise, done };
  }

  return {
    outlivesProcess: ledger.outlivesProcess,
    once,
    patiently,
    untilDone,
    noteHealth: (isHealthy) => {
      if (isHealthy) isUp();
      else isDown(undefined);
    },
    failures: () => failures,
  };
}

function isFinal(error: unknown): boolean {
  return error instanceof TokensError && error.code === "ledger_closed";
}
