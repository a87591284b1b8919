import type { RedisConnection } from "./redis-connection.ts";
import { STORE_SCRIPTS } from "./redis-store-scripts.ts";

interface Waiter {
  readonly key: string;
  readonly isPending: () => Promise<boolean>;
  readonly finish: (error?: Error) => void;
  version?: string;
  isChecking: boolean;
}

export interface RedisWaits {
  /** Resolves when the record has changed and `isPending` says no, or after `timeoutMs`. */
  wait(key: string, isPending: () => Promise<boolean>, timeoutMs: number): Promise<void>;
  close(): void;
}

const LOOK_FIRST_MS = 5;
const LOOK_MAX_MS = 100;

/** Waits for other machines: one small command a look for everyone in this process, less and less often. */
export function createRedisWaits(connection: RedisConnection): RedisWaits {
  const waiters = new Set<Waiter>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  let lookMs = LOOK_FIRST_MS;

  function schedule(): void {
    clearTimeout(timer);
    if (waiters.size > 0 && !isLooking) timer = setTimeout(() => void look(), lookMs);
  }

  async function look(): Promise<void> {
    isLooking = true;
    const asked = [...waiters];
    const keys = [...new Set(asked.map(({ key }) => key))];
    try {
      const { versions } = await connection.script<{ readonly versions: readonly string[] }>(
        STORE_SCRIPTS.versions,
        keys,
        [],
      );
      const byKey = new Map(keys.map((key, index) => [key, versions[index] ?? ""]));
      for (const waiter of asked) {
        const version = byKey.get(waiter.key) ?? "";
        if (waiter.version === version || waiter.isChecking) continue;
        waiter.version = version;
        void check(waiter);
      }
    } catch (error) {
      const failure = error instanceof Error ? error : new Error("not an error", { cause: error });
      for (const waiter of asked) waiter.finish(failure);
    }
    isLooking = false;
    lookMs = Math.min(lookMs * 1.3, LOOK_MAX_MS);
    schedule();
  }

  async function check(waiter: Waiter): Promise<void> {
    waiter.isChecking = true;
    try {
      if (!(await waiter.isPending())) waiter.finish();
    } catch (error) {
      waiter.finish(error instanceof Error ? error : new Error("not an error", { cause: error }));
    }
    waiter.isChecking = false;
  }

  return {
    wait(key, isPending, timeoutMs) {
      return new Promise((resolve, reject) => {
        const bound = setTimeout(() => waiter.finish(), Math.max(0, timeoutMs));
        const waiter: Waiter = {
          key,
          isPending,
          isChecking: false,
          finish(error) {
            clearTimeout(bound);
            waiters.delete(waiter);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        waiters.add(waiter);
        lookMs = LOOK_FIRST_MS;
        schedule();
      });
    },
    close() {
      clearTimeout(timer);
      for (const waiter of waiters) waiter.finish();
    },
  };
}
