import type { OAuthPorts } from "../oauth-ports.ts";

export const PLATFORM_TIMERS: NonNullable<OAuthPorts["timers"]> = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** What `work` yields if it does so in time; else `undefined`, and it goes on unheard. `work` must not reject. */
export async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
  ports: Pick<OAuthPorts, "timers">,
): Promise<T | undefined> {
  const timers = ports.timers ?? PLATFORM_TIMERS;
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = timers.setTimeout(() => resolve(undefined), Math.max(timeoutMs, 0));
  try {
    return await Promise.race([work, late]);
  } finally {
    timers.clearTimeout(timer);
  }
}
