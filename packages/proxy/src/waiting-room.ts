/** Counts the calls to each origin that wait for headers, so that a hung upstream can't take up the whole process. */
export interface WaitingRoom {
  /** @returns What leaves it again; `undefined` if it is full. */
  enter(origin: string): (() => void) | undefined;
}

export function createWaitingRoom(capacity: number): WaitingRoom {
  const waiting = new Map<string, number>();
  return {
    enter: (origin) => {
      const count = waiting.get(origin) ?? 0;
      if (count >= capacity) return undefined;
      waiting.set(origin, count + 1);
      return () => {
        const left = (waiting.get(origin) ?? 1) - 1;
        if (left === 0) waiting.delete(origin);
        else waiting.set(origin, left);
      };
    },
  };
}
