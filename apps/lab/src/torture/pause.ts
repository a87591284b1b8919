export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** @param atMs milliseconds since the epoch */
export function pauseUntil(atMs: number): Promise<void> {
  return pause(atMs - Date.now());
}
