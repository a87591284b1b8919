import type { Core } from "../parts.ts";

/** Counts what each session has under way: calls whose answer hasn't begun, and what is open in its name afterwards. */
export interface SessionCalls {
  /** @param sid `""`: of nobody, which is bounded by the upstream alone. @returns `false`: it has too many. Whoever is in leaves once. */
  enter(sid: string): boolean;
  leave(sid: string): void;
  /** The most that one session has under way. */
  busiest(): number;
}

export function createSessionCalls({
  settings,
  connections,
}: Pick<Core, "settings" | "connections">): SessionCalls {
  const { callsPerSession } = settings.limits;
  const waiting = new Map<string, number>();

  return {
    enter(sid) {
      if (sid === "") return true;
      const count = waiting.get(sid) ?? 0;
      if (count + connections.countOf(sid) >= callsPerSession) return false;
      waiting.set(sid, count + 1);
      return true;
    },
    leave(sid) {
      const left = (waiting.get(sid) ?? 1) - 1;
      if (left === 0) waiting.delete(sid);
      else waiting.set(sid, left);
    },
    busiest() {
      let most = 0;
      for (const [sid, count] of waiting) most = Math.max(most, count + connections.countOf(sid));
      for (const [sid, count] of connections.counts()) most = Math.max(most, count + (waiting.get(sid) ?? 0));
      return most;
    },
  };
}
