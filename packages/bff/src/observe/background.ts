/** Work that outlives the response that began it: revocations, mostly. */
export interface Background {
  /** @param task must not reject for expected failures; what it throws is handed to `onFailure`. */
  run(task: () => Promise<void>): void;
  /** Resolves when everything that was begun is over. */
  settle(): Promise<void>;
}

export function createBackground(onFailure: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    run(task) {
      const work: Promise<void> = task()
        .catch(onFailure)
        .finally(() => running.delete(work));
      running.add(work);
    },
    async settle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
