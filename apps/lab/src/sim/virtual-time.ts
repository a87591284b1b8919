import type { Random } from "./random.ts";

/** Something that is going to happen. */
export interface Scheduled {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Time that passes only from one event to the next. */
export interface VirtualTime {
  /** Milliseconds since the epoch: the one true time, which no process knows. */
  now(): number;
  /** @param tie among events of the same millisecond the lowest comes first; default: chance, from the seed */
  schedule(at: number, run: () => void, tie?: number): Scheduled;
  /** Moves to the next event and runs it. `false`: nothing is due up to `limit`, where time stands now. */
  step(limit: number): boolean;
  /** How many events have run. */
  count(): number;
}

export function createVirtualTime(startMs: number, random: Random): VirtualTime {
  const heap: Scheduled[] = [];
  let now = startMs;
  let order = 0;
  let count = 0;

  const isBefore = (a: Scheduled, b: Scheduled): boolean =>
    a.at - b.at < 0 || (a.at === b.at && (a.tie < b.tie || (a.tie === b.tie && a.order < b.order)));

  function push(item: Scheduled): void {
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = item;
  }

  function pop(): Scheduled | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      const left = heap[childIndex];
      const right = heap[childIndex + 1];
      if (left === undefined) break;
      let child = left;
      if (right !== undefined && isBefore(right, left)) {
        child = right;
        childIndex += 1;
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return first;
  }

  return {
    now: () => now,
    schedule(at, run, tie = random.fraction()) {
      order += 1;
      const item = { at: Math.max(now, at), tie, order, run, isCancelled: false };
      push(item);
      return item;
    },
    step(limit) {
      for (let first = heap[0]; first !== undefined && first.at <= limit; first = heap[0]) {
        pop();
        if (first.isCancelled) continue;
        now = first.at;
        count += 1;
        first.run();
        return true;
      }
      now = Math.max(now, limit);
      return false;
    },
    count: () => count,
  };
}
