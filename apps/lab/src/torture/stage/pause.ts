import { setTimeout } from "node:timers/promises";

export async function pause(ms: number): Promise<void> {
  await setTimeout(Math.max(0, ms));
}

/** @param atMs milliseconds since the epoch */
export function pauseUntil(atMs: number): Promise<void> {
  return pause(atMs - Date.now());
}
