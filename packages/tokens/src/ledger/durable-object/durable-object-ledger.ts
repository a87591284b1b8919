import { waitAtMost } from "../../deadline.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { LEDGER_CALL_MS, type Ending, type Ledger } from "../ledger.ts";
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
  /** Which object: one for each environment that has sessions of its own. Default `coatcheck`. */
  readonly name?: string;
}

interface EndingWatcher {
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
 * Make it with the first request, not in the module: it calls the object at once. All records are in one object, which
 * makes some hundred steps a second, and a refresh takes three.
 */
export function createDurableObjectLedger({
  namespace,
  name = "coatcheck",
}: DurableObjectLedgerOptions): Ledger {
  const watchers = new Set<EndingWatcher>();
  let isClosed = false;

  async function call<Method extends ObjectMethod>(
    method: Method,
    args: Parameters<ObjectMethods[Method]>,
    waitMs = LEDGER_CALL_MS,
  ): Promise<Awaited<ReturnType<ObjectMethods[Method]>>> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    const timed = await waitAtMost(send({ method, args }), waitMs, CLOCK);
    if (timed.kind === "timeout") {
      throw new TokensError("ledger_unreachable", `the object did not answer ${method}`);
    }
    const answer = timed.value;
    if (answer.kind === "failure") throw new TokensError(answer.code, answer.message);
    return answer.value as Awaited<ReturnType<ObjectMethods[Method]>>;
  }

  async function send(message: object): Promise<ObjectAnswer> {
    try {
      // A new stub for each call: one that has failed stays broken, and none may be used in another request.
      const stub = namespace.getByName(name);
      const response = await stub.fetch(OBJECT_URL, { method: "POST", body: JSON.stringify(message) });
      return (await response.json()) as ObjectAnswer;
    } catch (cause) {
      throw new TokensError("ledger_unreachable", "the object can't be reached", { cause });
    }
  }

  /** @returns whether the object answered */
  async function look(watcher: EndingWatcher, waitMs: number): Promise<boolean> {
    const beganAtMs = CLOCK.monotonicMs();
    let endings: readonly NumberedEnding[];
    try {
      endings = await call("endings", [watcher.cursor], waitMs);
    } catch {
      // Out of reach: looked at again, for as long as it takes.
      watcher.failedAtMs = CLOCK.monotonicMs();
      if (!isClosed) watcher.onHealth(false);
      return false;
    }
    for (const { seq, ending } of endings) {
      // Another look may have been faster; twice is allowed, and backwards isn't.
      watcher.cursor = Math.max(watcher.cursor, seq);
      watcher.onEnding(ending);
    }
    watcher.knownAtMs = Math.max(watcher.knownAtMs, beganAtMs);
    watcher.onHealth(true);
    return true;
  }

  return {
    outlivesProcess: true,
    claim: (...args) => call("claim", args),
    wait: (...args) => call("wait", args, args[1].timeoutMs + LEDGER_CALL_MS),
    renew: (...args) => call("renew", args),
    publish: (...args) => call("publish", args),
    keepTokens: (...args) => call("keepTokens", args),
    release: (...args) => call("release", args),
    bury: (...args) => call("bury", args),
    acknowledge: (...args) => call("acknowledge", args),
    read: (...args) => call("read", args),
    end: (...args) => call("end", args),
    entomb: (...args) => call("entomb", args),
    probe: () => call("probe", []),
    stats: () => call("stats", []),
    watchEndings(onEnding, onHealth = () => undefined) {
      const never = Number.NEGATIVE_INFINITY;
      const watcher: EndingWatcher = { onEnding, onHealth, cursor: 0, knownAtMs: never, failedAtMs: never };
      const ready = Promise.withResolvers<void>();
      async function keepLooking(): Promise<void> {
        if (await look(watcher, LEDGER_CALL_MS)) ready.resolve();
        if (isClosed || !watchers.has(watcher)) return;
        // Where a request began this, the runtime takes the timer away with it; then `catchUp` does the rest.
        SYSTEM_TIMERS.setTimeout(() => void keepLooking(), ENDINGS_EVERY_MS);
      }
      watchers.add(watcher);
      void keepLooking();
      return { ready: ready.promise, stop: () => void watchers.delete(watcher) };
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
