/**
 * Lets those who present the same key pass one after the other.
 *
 * oidc-provider looks whether a refresh token is spent, and spends it some awaits later. Without this, two requests that
 * arrive at once with the same token would both be granted, and reuse would go unnoticed.
 */
export interface KeyedQueue {
  /** Waits until those before have left. The caller calls the answer once, to leave. */
  enter(key: string): Promise<() => void>;
}

export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<void>>();
  return {
    async enter(key) {
      const before = tails.get(key);
      const { promise, resolve } = Promise.withResolvers<void>();
      tails.set(key, promise);
      await before;
      return () => {
        if (tails.get(key) === promise) tails.delete(key);
        resolve();
      };
    },
  };
}
