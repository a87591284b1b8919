import { waitAtMost } from "../../deadline.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { LEDGER_CALL_MS, type Ending, type Ledger, type RecordAddress } from "../ledger.ts";
import { ENDINGS_PAGE } from "../sqlite-tables.ts";
import type { NumberedEnding, ObjectAnswer, ObjectMethod, ObjectMethods } from "./ledger-message.ts";

/** A binding of the class `LedgerObject`, by structure. */
export interface LedgerNamespace {
  getByName(name: string): {
    fetch(
      url: string,
      init: { readonly method: string; readonly body: string },
    ): Promise<{ json(): Promise<unknown> }>;
  };
}

export interface DurableObjectLedgerOptions {
  /** `env.LEDGER`, where the Worker's configuration binds the class under this name. */
  readonly namespace: LedgerNamespace;
  /** Which objects: a name for each environment that has sessions of its own. Default `coatcheck`. */
  readonly name?: string;
  /**
   * Over how many objects records are spread. Default 1. Where it changes, records are looked for in another object: sessions
   * that were just refreshed may be lost.
   */
  readonly shards?: number;
}

/** One watch on one object. */
interface EndingWatcher {
  readonly object: string;
  readonly onEnding: (ending: Ending) => void;
  readonly onHealth: (isUp: boolean) => void;
  cursor: number;
  /** When the last look that got an answer began. */
  knownAtMs: number;
  /** When the last look failed. */
  failedAtMs: number;
}

const ENDINGS_EVERY_MS = 500;
const ENDINGS_MAX_AGE_MS = 1_000;
/** What a request waits for the endings before it goes on with those it knows. */
const CATCH_UP_MS = 1_000;
/** An object sees neither host nor path of its calls. */
const OBJECT_URL = "https://ledger/";

const CLOCK = { ...SYSTEM_TIMERS, monotonicMs: () => performance.now() };

/**
 * A ledger in a Durable Object: for Cloudflare Workers, all isolates everywhere.
 *
 * Make it with the first request, not in the module: it calls its objects at once. An object makes some hundred steps a
 * second, and a refresh takes three. A tombstone is in every object, so that each step finds all it needs in one of them.
 *
 * @throws {TokensError} `ledger_misconfigured`
 */
export function createDurableObjectLedger({
  namespace,
  name = "coatcheck",
  shards = 1,
}: DurableObjectLedgerOptions): Ledger {
  const objects = Array.from({ length: shards }, (_, index) => (index === 0 ? name : `${name}-${index}`));
  if (!Number.isInteger(shards) || shards < 1) {
    throw new TokensError("ledger_misconfigured", `shards: ${shards} is no number of objects`);
  }
  const watchers = new Set<EndingWatcher>();
  let isClosed = false;

  async function call<Method extends ObjectMethod>(
    object: string,
    method: Method,
    args: Parameters<ObjectMethods[Method]>,
    waitMs = LEDGER_CALL_MS,
  ): Promise<Awaited<ReturnType<ObjectMethods[Method]>>> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    const timed = await waitAtMost(send(object, { method, args }), waitMs, CLOCK);
    if (timed.kind === "timeout") {
      throw new TokensError("ledger_unreachable", `the object did not answer ${method}`);
    }
    const answer = timed.value;
    if (answer.kind === "failure") throw new TokensError(answer.code, answer.message);
    return answer.value as Awaited<ReturnType<ObjectMethods[Method]>>;
  }

  /** Everywhere at once; the slowest and the first failure count. */
  function callAll<Method extends ObjectMethod>(method: Method, args: Parameters<ObjectMethods[Method]>) {
    return Promise.all(objects.map((object) => call(object, method, args)));
  }

  function objectOf({ key }: RecordAddress): string {
    return objects[shardOf(key, shards)] ?? name;
  }

  function step<Method extends RecordMethod>(method: Method) {
    return (...args: Parameters<ObjectMethods[Method]>) => call(objectOf(args[0]), method, args);
  }

  async function send(object: string, message: object): Promise<ObjectAnswer> {
    try {
      // A new stub for each call: one that has failed stays broken, and none may be used in another request.
      const stub = namespace.getByName(object);
      const response = await stub.fetch(OBJECT_URL, { method: "POST", body: JSON.stringify(message) });
      return (await response.json()) as ObjectAnswer;
    } catch (cause) {
      throw new TokensError("ledger_unreachable", "the object can't be reached", { cause });
    }
  }

  /** @returns whether the object answered */
  async function look(watcher: EndingWatcher, waitMs: number): Promise<boolean> {
    const beganAtMs = CLOCK.monotonicMs();
    let page: readonly NumberedEnding[];
    do {
      try {
        page = await call(watcher.object, "endings", [watcher.cursor], waitMs);
      } catch {
        // Out of reach: looked at again, for as long as it takes.
        watcher.failedAtMs = CLOCK.monotonicMs();
        if (!isClosed) watcher.onHealth(false);
        return false;
      }
      for (const { seq, ending } of page) {
        // Another look may have been faster; twice is allowed, and backwards isn't.
        watcher.cursor = Math.max(watcher.cursor, seq);
        watcher.onEnding(ending);
      }
    } while (page.length === ENDINGS_PAGE);
    watcher.knownAtMs = Math.max(watcher.knownAtMs, beganAtMs);
    watcher.onHealth(true);
    return true;
  }

  return {
    outlivesProcess: true,
    claim: step("claim"),
    wait: (at, request) => call(objectOf(at), "wait", [at, request], request.timeoutMs + LEDGER_CALL_MS),
    renew: step("renew"),
    publish: step("publish"),
    keepTokens: step("keepTokens"),
    release: step("release"),
    bury: step("bury"),
    acknowledge: step("acknowledge"),
    read: step("read"),
    end: step("end"),
    indexSession: step("indexSession"),
    unindexSession: step("unindexSession"),
    indexedSessions: step("indexedSessions"),
    entomb: async (request) => void (await callAll("entomb", [request])),
    probe: async () => void (await callAll("probe", [])),
    async stats() {
      const counts = await callAll("stats", []);
      return {
        records: counts.reduce((sum, { records }) => sum + records, 0),
        tombstones: Math.max(...counts.map(({ tombstones }) => tombstones)),
      };
    },
    watchEndings(onEnding, onHealth = () => undefined) {
      const never = Number.NEGATIVE_INFINITY;
      const begun = objects.map((object) => {
        const state = { cursor: 0, knownAtMs: never, failedAtMs: never };
        const watcher: EndingWatcher = { object, onEnding, onHealth, ...state };
        const known = Promise.withResolvers<void>();
        async function keepLooking(): Promise<void> {
          if (await look(watcher, LEDGER_CALL_MS)) known.resolve();
          if (isClosed || !watchers.has(watcher)) return;
          // Where a request began this, the runtime takes the timer away with it; then `catchUp` does the rest.
          SYSTEM_TIMERS.setTimeout(() => void keepLooking(), ENDINGS_EVERY_MS);
        }
        watchers.add(watcher);
        void keepLooking();
        return { watcher, known: known.promise };
      });
      return {
        ready: Promise.all(begun.map(({ known }) => known)).then(() => undefined),
        stop() {
          for (const { watcher } of begun) watchers.delete(watcher);
        },
      };
    },
    async catchUp() {
      const now = CLOCK.monotonicMs();
      const outdated = [...watchers].filter(
        ({ knownAtMs, failedAtMs }) => now - Math.max(knownAtMs, failedAtMs) > ENDINGS_MAX_AGE_MS,
      );
      // Each request looks for itself: another one's look ends with that request.
      await Promise.all(outdated.map((watcher) => look(watcher, CATCH_UP_MS)));
    },
    async close() {
      isClosed = true;
      watchers.clear();
    },
  };
}

/** Methods whose first argument says where the record is. */
type RecordMethod = {
  [Method in ObjectMethod]: Parameters<ObjectMethods[Method]> extends readonly [RecordAddress, ...unknown[]]
    ? Method
    : never;
}[ObjectMethod];

/** Keys are derived, and so spread evenly already; this takes any text. */
function shardOf(key: string, shards: number): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1)
    hash = (hash * 31 + key.charCodeAt(index)) % 0xffff_fffb;
  return hash % shards;
}
