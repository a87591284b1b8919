/** Counts the calls to each origin that wait for headers, so that a hung upstream can't take up the whole process. */
export interface WaitingRoom {
  /** @returns `false`: it is full. Whoever is in leaves it once. */
  enter(origin: string): boolean;
  leave(origin: string): void;
}

export function createWaitingRoom(capacity: number): WaitingRoom {
  // As many as there are upstreams in the configuration.
  const waiting = new Map<string, number>();
  return {
    enter(origin) {
      const count = waiting.get(origin) ?? 0;
      if (count >= capacity) return false;
      waiting.set(origin, count + 1);
      return true;
    },
    leave(origin) {
      waiting.set(origin, (waiting.get(origin) ?? 1) - 1);
    },
  };
}
