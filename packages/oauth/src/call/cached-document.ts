export type Fetched<T> =
  | { readonly kind: "fetched"; readonly value: T }
  | { readonly kind: "failed"; readonly reason: string; readonly invalid: boolean };

export interface CachedDocument<T> {
  /** The known value, however old; `undefined` before the first success. */
  peek(): T | undefined;
  /** A known value at once (when it is old, another is fetched beside); else fetches, shared by concurrent callers. */
  get(): Promise<Fetched<T>>;
  /** Fetches now, unless a fetch runs already, which is joined. A failure keeps the known value. */
  refetch(): Promise<Fetched<T>>;
}

export interface CachedDocumentOptions<T> {
  readonly fetchDocument: () => Promise<Fetched<T>>;
  readonly nowMs: () => number;
  /** Until another is fetched. */
  readonly ttlMs: number;
  /** How long a failed fetch of an old value isn't repeated. */
  readonly retryAfterMs: number;
}

/** Keeps one document of the provider: single flight, time to live, stale on error (S-139). */
export function createCachedDocument<T>(options: CachedDocumentOptions<T>): CachedDocument<T> {
  let known: { readonly value: T } | undefined;
  let refetchAtMs = 0;
  let running: Promise<Fetched<T>> | undefined;

  const refetch = (): Promise<Fetched<T>> => {
    running ??= options
      .fetchDocument()
      .then((fetched) => {
        if (fetched.kind === "fetched") known = { value: fetched.value };
        refetchAtMs = options.nowMs() + (fetched.kind === "fetched" ? options.ttlMs : options.retryAfterMs);
        return fetched;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  return {
    peek: () => known?.value,
    refetch,
    async get() {
      if (known === undefined) return refetch();
      if (options.nowMs() >= refetchAtMs) {
        // fetchDocument reports its failures as values.
        void refetch();
      }
      return { kind: "fetched", value: known.value };
    },
  };
}
