import { memoryMib } from "../../bench/process-tree.ts";

const EVERY_MS = 100;

/** How much more memory processes hold at most than when the watch began. */
export interface MemoryWatch {
  /** Whole MiB. */
  grownMib(): number;
  stop(): void;
}

export function watchMemory(pids: readonly number[]): MemoryWatch {
  const before = memoryMib(pids);
  let peak = before;
  const look = (): void => void (peak = Math.max(peak, memoryMib(pids)));
  const timer = setInterval(look, EVERY_MS);
  return {
    grownMib() {
      look();
      return Math.ceil(peak - before);
    },
    stop: () => clearInterval(timer),
  };
}
