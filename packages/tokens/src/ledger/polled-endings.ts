import { TokensError } from "../tokens-error.ts";
import type { Ending, Ledger } from "./ledger.ts";

/** Hands on what ended since the look before. @throws {TokensError} where the store can't be reached; `ledger_closed` ends it all */
export type DeliverEndings = (onEnding: (ending: Ending) => void) => Promise<void>;

export interface PolledEndings {
  readonly watch: Ledger["watchEndings"];
  /** Looks at once: somebody was told that there is something. */
  lookNow(): void;
  close(): void;
}

const LOOK_EVERY_MS = 500;

/** Looks for endings twice a second, for each watch with what it has seen. @param newDelivery begins before the first ending */
export function createPolledEndings(newDelivery: () => DeliverEndings): PolledEndings {
  const watches = new Map<() => void, () => void>();

  return {
    watch(onEnding, onHealth) {
      const ready = Promise.withResolvers<void>();
      const deliver = newDelivery();
      let isStopped = false;
      let isLooking = false;
      let isWoken = false;
      let timer: ReturnType<typeof setTimeout> | undefined;

      async function look(): Promise<void> {
        clearTimeout(timer);
        isLooking = true;
        isWoken = false;
        try {
          await deliver(onEnding);
          onHealth?.(true);
          ready.resolve();
        } catch (error) {
          if (error instanceof TokensError && error.code === "ledger_closed") return;
          // Out of reach: looked at again, for as long as it takes.
          onHealth?.(false);
        } finally {
          isLooking = false;
        }
        if (isStopped) return;
        timer = setTimeout(() => void look(), isWoken ? 0 : LOOK_EVERY_MS);
        unref(timer);
      }
      function stop(): void {
        isStopped = true;
        clearTimeout(timer);
        watches.delete(stop);
      }
      watches.set(stop, () => {
        isWoken = true;
        if (!isLooking && !isStopped) void look();
      });
      void look();
      return { ready: ready.promise, stop };
    },
    lookNow() {
      for (const wake of watches.values()) wake();
    },
    close() {
      for (const stop of watches.keys()) stop();
    },
  };
}

/** A timer that only looks around shouldn't keep the process alive. */
export function unref(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}
