import QuickLRU from "quick-lru";
import type { DemoEvent } from "@coatcheck/contract";

/** The last events of the last sessions, in memory, by the hash of the session id. */
export interface EventRing {
  add(session: string, make: (id: number) => DemoEvent): void;
  /** Oldest first. */
  of(session: string): readonly DemoEvent[];
}

const MAX_EVENTS = 300;
const MAX_SESSIONS = 200;

export function createEventRing(): EventRing {
  const bySession = new QuickLRU<string, DemoEvent[]>({ maxSize: MAX_SESSIONS });
  let nextId = 1;
  return {
    add(session, make) {
      const events = bySession.get(session) ?? [];
      bySession.set(session, events);
      events.push(make(nextId));
      nextId += 1;
      if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
    },
    of: (session) => bySession.get(session) ?? [],
  };
}
