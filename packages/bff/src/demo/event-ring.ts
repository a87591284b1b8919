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
  const bySession = new Map<string, DemoEvent[]>();
  let nextId = 1;
  return {
    add(session, make) {
      const events = bySession.get(session) ?? [];
      // Most recently used last.
      bySession.delete(session);
      bySession.set(session, events);
      events.push(make(nextId));
      nextId += 1;
      if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
      const oldest = bySession.keys().next();
      if (bySession.size > MAX_SESSIONS && !oldest.done) bySession.delete(oldest.value);
    },
    of: (session) => bySession.get(session) ?? [],
  };
}
