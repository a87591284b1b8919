import { claimStep, releaseStep, renewStep } from "./ledger-claim.ts";
import { buryStep, publishStep } from "./ledger-outcome.ts";
import { current, doneFrom, type SessionRecord, type Step, type Stored } from "./ledger-record.ts";
import { acknowledgeStep, endStep } from "./ledger-session.ts";
import type { Ending, Ledger, RecordAddress, RecordView } from "./ledger.ts";
import type { TimerPorts } from "./keeper-ports.ts";
import { TokensError } from "./tokens-error.ts";

const SWEEP_EVERY_STEPS = 1_000;

interface Shelf {
  readonly record: SessionRecord;
  /** Sealed successors by spent generation. */
  readonly sealed: ReadonlyMap<number, string>;
}

/**
 * A ledger in this process: for tests, and for runtimes where nothing else is to be had.
 *
 * It dies with the process, so a response waits for the refresh beside it, and a restart may lose sessions whose cookies
 * hold a spent refresh token.
 *
 * @param ports the store's clock, and timers for waiting
 */
export function createMemoryLedger(
  ports: Pick<TimerPorts, "nowMs" | "setTimeout" | "clearTimeout">,
): Ledger {
  const shelves = new Map<string, Shelf>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  const waiters = new Map<string, Set<() => void>>();
  const watchers = new Set<(ending: Ending) => void>();
  let isClosed = false;
  let steps = 0;

  function stored(at: RecordAddress): Stored {
    const now = ports.nowMs();
    const iats = at.tombstones.flatMap((key) => {
      const tombstone = tombstones.get(key);
      return tombstone === undefined || tombstone.keepUntil <= now ? [] : [tombstone.iat];
    });
    return {
      record: shelves.get(at.key)?.record,
      tombstoneIat: iats.length === 0 ? undefined : Math.max(...iats),
      now,
    };
  }

  /** Loads, steps, stores: nothing can come between. */
  function step<Answer>(
    at: RecordAddress,
    transition: (found: Stored) => Step<Answer>,
    publish?: (answer: Answer) => readonly [number, string] | undefined,
  ): Answer {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    const found = stored(at);
    const { record, answer } = transition(found);
    if (record === undefined) shelves.delete(at.key);
    else if (record !== found.record) put(at.key, record, publish?.(answer));
    if (record?.ended !== undefined && found.record?.ended === undefined) {
      tell({ kind: "session", key: at.key, reason: record.ended, keepMs: record.keepUntil - found.now });
    }
    steps += 1;
    if (steps % SWEEP_EVERY_STEPS === 0) sweep(found.now);
    if (record !== found.record) wake(at.key);
    return answer;
  }

  function put(key: string, record: SessionRecord, added: readonly [number, string] | undefined): void {
    const sealed = new Map(shelves.get(key)?.sealed);
    if (added !== undefined) sealed.set(...added);
    for (const generation of sealed.keys()) {
      if (record.entries[generation]?.state !== "done") sealed.delete(generation);
    }
    shelves.set(key, { record, sealed });
  }

  function sweep(now: number): void {
    for (const [key, shelf] of shelves) if (shelf.record.keepUntil <= now) shelves.delete(key);
    for (const [key, tombstone] of tombstones) if (tombstone.keepUntil <= now) tombstones.delete(key);
  }

  function wake(key: string): void {
    for (const check of waiters.get(key) ?? []) check();
  }

  function tell(ending: Ending): void {
    for (const watcher of watchers) watcher(ending);
  }

  function view(at: RecordAddress, generation: number): RecordView {
    const record = current(at, stored(at));
    const sealed = shelves.get(at.key)?.sealed;
    const successors: Record<number, string> = {};
    for (const done of doneFrom(record, generation)) {
      const value = sealed?.get(done);
      if (value !== undefined) successors[done] = value;
    }
    return {
      ...(record?.ended === undefined ? {} : { ended: record.ended }),
      ...(record?.touchedAt === undefined ? {} : { touchedAt: record.touchedAt }),
      highestSpent: record?.highestSpent ?? -1,
      successors,
    };
  }

  return {
    outlivesProcess: false,
    async claim(at, request) {
      const verdict = step(at, (found) => claimStep(at, request, found));
      return verdict.kind === "done" ? { ...verdict, view: view(at, request.generation) } : verdict;
    },
    wait(at, request) {
      return new Promise((resolve) => {
        const checks = waiters.get(at.key) ?? new Set();
        const finish = (): void => {
          ports.clearTimeout(timer);
          checks.delete(check);
          if (checks.size === 0) waiters.delete(at.key);
          resolve();
        };
        const check = (): void => {
          const entry = current(at, stored(at))?.entries[request.generation];
          if (isClosed || entry?.state !== "pending" || entry.fence !== request.fence) finish();
        };
        const timer = ports.setTimeout(finish, Math.max(0, request.timeoutMs));
        checks.add(check);
        waiters.set(at.key, checks);
        check();
      });
    },
    async renew(at, request) {
      return step(at, (found) => renewStep(at, request, found));
    },
    async publish(at, request) {
      const verdict = step(
        at,
        (found) => publishStep(at, request, found),
        (answer) =>
          answer.kind === "published" && answer.isNew ? [request.generation, request.sealed] : undefined,
      );
      if (verdict.kind === "published") return { kind: "published" };
      return verdict.kind === "done" ? { ...verdict, view: view(at, request.generation) } : verdict;
    },
    async release(at, request) {
      step(at, (found) => releaseStep(at, request, found));
    },
    async bury(at, request) {
      return step(at, (found) => buryStep(at, request, found));
    },
    async acknowledge(at, request) {
      const verdict = step(at, (found) => acknowledgeStep(at, request, found, false));
      return { ...view(at, request.shown), ...verdict };
    },
    async read(at, generation) {
      if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
      return view(at, generation);
    },
    async end(at, request) {
      const before = view(at, request.generation);
      const verdict = step(at, (found) => endStep(at, request.reason, found));
      return { ...verdict, view: before };
    },
    async entomb({ key, iat, keepMs }) {
      if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
      const now = ports.nowMs();
      const known = tombstones.get(key);
      tombstones.set(key, {
        iat: Math.max(iat, known?.iat ?? iat),
        keepUntil: Math.max(now + keepMs, known?.keepUntil ?? 0),
      });
      tell({ kind: "tombstone", key, iat, keepMs });
      // Whoever waits for a refresh of a session that just ended has nothing to wait for.
      for (const waiting of waiters.keys()) wake(waiting);
    },
    watchEndings(onEnding) {
      const now = ports.nowMs();
      for (const [key, { record }] of shelves) {
        if (record.ended === undefined || record.keepUntil <= now) continue;
        onEnding({ kind: "session", key, reason: record.ended, keepMs: record.keepUntil - now });
      }
      for (const [key, { iat, keepUntil }] of tombstones) {
        if (keepUntil > now) onEnding({ kind: "tombstone", key, iat, keepMs: keepUntil - now });
      }
      watchers.add(onEnding);
      return { ready: Promise.resolve(), stop: () => void watchers.delete(onEnding) };
    },
    async stats() {
      sweep(ports.nowMs());
      return { records: shelves.size, tombstones: tombstones.size };
    },
    async close() {
      isClosed = true;
      watchers.clear();
      for (const key of waiters.keys()) wake(key);
    },
  };
}
