import QuickLRU from "quick-lru";

/** Which sessions the provider refused lately, and whether it refuses everyone. */
export interface Refusals {
  noteRefused(sid: string): void;
  noteRefreshed(sid: string): void;
  /** It was refused after `sinceMs` (monotonic), and neither refreshed nor ended since, as far as this process knows. */
  isRefused(sid: string, sinceMs: number): boolean;
  /** In the last `ms` another session was refused, too, and none was refreshed. */
  meetOthers(sid: string, ms: number): boolean;
  forget(sid: string): void;
}

const MAX_REMEMBERED = 20_000;

export function createRefusals(monotonicMs: () => number): Refusals {
  const refused = new QuickLRU<string, number>({ maxSize: MAX_REMEMBERED });
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let latest: { readonly sid: string; readonly at: number } | undefined;
  let latestOfAnother: { readonly sid: string; readonly at: number } | undefined;

  return {
    noteRefused(sid) {
      refused.set(sid, monotonicMs());
      if (latest !== undefined && latest.sid !== sid) latestOfAnother = latest;
      latest = { sid, at: monotonicMs() };
    },
    noteRefreshed(sid) {
      refreshedAt = monotonicMs();
      refused.delete(sid);
    },
    isRefused: (sid, sinceMs) => (refused.get(sid) ?? Number.NEGATIVE_INFINITY) > sinceMs,
    meetOthers(sid, ms) {
      const other = latest?.sid === sid ? latestOfAnother : latest;
      const since = monotonicMs() - ms;
      return other !== undefined && other.at >= since && refreshedAt < since;
    },
    forget: (sid) => void refused.delete(sid),
  };
}
