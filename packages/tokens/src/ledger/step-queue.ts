/** Lets those who want the same thing have it one after the other, and everyone else at once. */
export interface StepQueue {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createStepQueue(): StepQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
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
