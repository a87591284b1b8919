import { pause, waitAtMost } from "../deadline.ts";
import type { Ledger, RecordAddress } from "../ledger/ledger.ts";
import type { TimerPorts } from "../timer-ports.ts";
import { TokensError } from "../tokens-error.ts";
import type { SessionAddresses, SessionIdentity } from "./session-address.ts";
import type { TokensObserver } from "./tokens-event.ts";

/** What a request waits for the ledger when it can't do without. */
export const LEDGER_WAIT_MS = 5_000;
/** What it waits when it can. */
export const LEDGER_BRIEF_MS = 1_000;

const PROBE_EVERY_MS = 250;
const RETRY_MS = 100;
const RECORD_RETRY_MS = 500;
/** A store that is full or flaps answers now and then: it counts as back when it has answered for this long. */
const STEADY_MS = 15_000;
/** A watch over a store that is down and hasn't looked for this long was stopped together with the request that began it. */
const WATCH_LOST_MS = 5_000;

/** One step on a session's record, or one call about none. */
type Operation<T> = (ledger: Ledger, at: RecordAddress) => Promise<T>;

interface Waiting<T> {
  /** Default 5 s. */
  readonly waitMs?: number;
  /** Gets an answer that comes after the time-out. */
  readonly onLate?: (value: T) => void;
}

/**
 * The ledger as the keeper uses it: every call is bounded, and outages are noticed once.
 *
 * A call that fails says nothing of the store by itself: it may be one record that can't be read, or one message that was
 * lost. A probe, which writes and reads, decides. Everything rejects with {@link TokensError}.
 */
export interface LedgerAccess {
  readonly outlivesProcess: boolean;
  readonly keysOf: SessionAddresses["keysOf"];
  /** Present where the runtime stops timers: brings what is known of ended sessions up to date. Never rejects. */
  readonly catchUp: Ledger["catchUp"];
  /** Asks once, whatever is known of the store. */
  ask<T>(session: SessionIdentity, operation: Operation<T>, waiting?: Waiting<T>): Promise<T>;
  /** Asks once, unless the store was down just now: for what can be left out. */
  askIfUp<T>(session: SessionIdentity, operation: Operation<T>, waiting?: Waiting<T>): Promise<T>;
  /** Waits for the store, and tries again, until the time is up. */
  askPatiently<T>(
    session: SessionIdentity | undefined,
    operation: Operation<T>,
    waiting?: Waiting<T>,
  ): Promise<T>;
  /**
   * Makes an attempt again and again, for as long as the process lives. Rejects only when the ledger is closed.
   *
   * @param onDelay called once, when the first attempt has failed
   */
  untilDone<T>(attempt: () => Promise<T>, onDelay?: () => Promise<void>): Promise<T>;
  /** What the watch over ended sessions notices of the store. */
  readonly noteHealth: (isUp: boolean) => void;
  /** How many outages there were: whether there was one between two looks. */
  readonly outages: () => number;
}

export function createLedgerAccess(
  ledger: Ledger,
  addresses: SessionAddresses,
  ports: TimerPorts & { readonly track: (work: Promise<unknown>) => void },
  observer: TokensObserver,
): LedgerAccess {
  /** Since when the store is known to be out of reach. */
  let unreachableSince: number | undefined;
  /** An outage was reported, and its end wasn't. */
  let isReportedDown = false;
  let outages = 0;
  let checking: Promise<boolean> | undefined;
  let downSince = 0;
  /** The watch that goes on: one that was taken for lost stops when it wakes up. */
  let watch: { lookedAt: number } | undefined;
  const waiting = new Set<() => void>();

  async function probe(): Promise<TokensError | undefined> {
    try {
      const timed = await waitAtMost(ledger.probe(), LEDGER_BRIEF_MS, ports);
      return timed.kind === "answer" ? undefined : unreachable();
    } catch (error) {
      return toError(error);
    }
  }

  /** Is it the store, or only the call that failed? Asked once for all calls that fail together. */
  function isStoreUp(): Promise<boolean> {
    if (unreachableSince !== undefined) return Promise.resolve(false);
    checking ??= probe().then((failure) => {
      checking = undefined;
      if (failure === undefined || isFinal(failure)) return true;
      unreachableSince = ports.monotonicMs();
      outages += 1;
      if (!isReportedDown) {
        isReportedDown = true;
        observer({ kind: "ledger_down", code: failure.code });
        downSince = unreachableSince;
        void watchForReturn();
      }
      return false;
    });
    ports.track(checking);
    return checking;
  }

  async function watchForReturn(): Promise<void> {
    let reachableSince: number | undefined;
    const own = { lookedAt: ports.monotonicMs() };
    watch = own;
    for (;;) {
      await pause(PROBE_EVERY_MS, ports);
      const failure = await probe();
      if (watch !== own) return;
      if (failure !== undefined && isFinal(failure)) break;
      const now = ports.monotonicMs();
      own.lookedAt = now;
      if (failure !== undefined || unreachableSince !== undefined) reachableSince = undefined;
      if (failure !== undefined) {
        if (unreachableSince === undefined) outages += 1;
        unreachableSince ??= now;
        continue;
      }
      reachableSince ??= now;
      unreachableSince = undefined;
      for (const resume of waiting) resume();
      waiting.clear();
      if (now - reachableSince < STEADY_MS) continue;
      isReportedDown = false;
      observer({ kind: "ledger_up", downMs: reachableSince - downSince });
      break;
    }
    watch = undefined;
  }

  /** Runtimes for the edge stop everything that a request began when it is over: without this, a store would stay down for ever. */
  function reviveWatch(): void {
    if (watch !== undefined && ports.monotonicMs() - watch.lookedAt > WATCH_LOST_MS) void watchForReturn();
  }

  /** @returns `false`: not within this time; without one, it waits for as long as it takes */
  async function untilReachable(waitMs?: number): Promise<boolean> {
    if (unreachableSince === undefined) return true;
    const reached = Promise.withResolvers<void>();
    waiting.add(reached.resolve);
    if (waitMs === undefined) return reached.promise.then(() => true);
    const timed = await waitAtMost(reached.promise, waitMs, ports);
    waiting.delete(reached.resolve);
    return timed.kind === "answer";
  }

  async function ask<T>(
    session: SessionIdentity | undefined,
    operation: Operation<T>,
    { waitMs = LEDGER_WAIT_MS, onLate }: Waiting<T> = {},
  ): Promise<T> {
    reviveWatch();
    const at = session === undefined ? NOWHERE : await addresses.addressOf(session);
    const call = Promise.resolve().then(() => operation(ledger, at));
    try {
      const timed = await waitAtMost(call, waitMs, ports);
      if (timed.kind === "answer") return timed.value;
    } catch (cause) {
      const error = toError(cause);
      if (error.code === "record_unreadable") await reportUnreadable(session);
      else if (!isFinal(error)) void isStoreUp();
      throw error;
    }
    call.then(onLate, () => undefined);
    void isStoreUp();
    throw unreachable();
  }

  async function reportUnreadable(session: SessionIdentity | undefined): Promise<void> {
    if (session === undefined) return;
    const { logId } = await addresses.keysOf(session);
    observer({ kind: "record_unreadable", session: logId });
  }

  return {
    outlivesProcess: ledger.outlivesProcess,
    keysOf: (session) => addresses.keysOf(session),
    catchUp: ledger.catchUp,
    ask,
    async askIfUp(session, operation, waiting) {
      reviveWatch();
      if (isReportedDown) throw unreachable();
      return ask(session, operation, waiting);
    },
    async askPatiently(session, operation, { waitMs = LEDGER_WAIT_MS, ...waiting } = {}) {
      reviveWatch();
      const giveUpAt = ports.monotonicMs() + waitMs;
      const leftMs = (): number => giveUpAt - ports.monotonicMs();
      for (;;) {
        if (!(await untilReachable(leftMs()))) throw unreachable();
        try {
          return await ask(session, operation, { ...waiting, waitMs: leftMs() });
        } catch (error) {
          if (isHopeless(error) || leftMs() <= 0) throw error;
          // A store that works all the same is asked again, but not in a loop without a pause.
          if (await isStoreUp()) await pause(RETRY_MS, ports);
        }
      }
    },
    async untilDone(attempt, onDelay) {
      for (let isFirst = true; ; isFirst = false) {
        try {
          return await attempt();
        } catch (error) {
          if (isFirst) await onDelay?.();
          if (isFinal(error)) throw error;
        }
        await Promise.all([pause(RECORD_RETRY_MS, ports), untilReachable()]);
      }
    },
    noteHealth: (isUp) => {
      if (!isUp) void isStoreUp();
    },
    outages: () => outages,
  };
}

/** For calls about no session's record. */
const NOWHERE: RecordAddress = { key: "", tombstones: [], idTokenIat: 0, keepMs: 0, endedKeepMs: 0 };

function unreachable(cause?: unknown): TokensError {
  return new TokensError("ledger_unreachable", "the ledger can't be reached", { cause });
}

function toError(cause: unknown): TokensError {
  return cause instanceof TokensError ? cause : unreachable(cause);
}

/** A closed ledger won't come back. */
function isFinal(error: unknown): boolean {
  return error instanceof TokensError && error.code === "ledger_closed";
}

/** Trying again soon changes nothing. */
function isHopeless(error: unknown): boolean {
  return isFinal(error) || (error instanceof TokensError && error.code === "record_unreadable");
}
