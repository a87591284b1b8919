import type { RecordAddress } from "./ledger.ts";

/** Lets those who want the same thing have it one after the other, and everyone else at once. */
export interface StepQueue {
  run<T>(at: Pick<RecordAddress, "key" | "tombstones">, work: () => Promise<T>): Promise<T>;
}

export function createStepQueue(): StepQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(at, work) {
      // Tombstones are about no record, and those of different people have nothing to do with one another.
      const key = [at.key, ...at.tombstones].join(" ");
      const before = last.get(key);
      const running = before === undefined ? work() : before.then(work, work);
      last.set(key, running);
      const leave = (): void => {
        if (last.get(key) === running) last.delete(key);
      };
      running.then(leave, leave);
      return running;
    },
  };
}
