import { setTimeout } from "node:timers/promises";

export async function sleep(ms: number): Promise<void> {
  await setTimeout(Math.max(0, ms));
}

/** @param atMs milliseconds since the epoch */
export function sleepUntil(atMs: number): Promise<void> {
  return sleep(atMs - Date.now());
}
