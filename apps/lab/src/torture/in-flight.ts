import type { DevIdp } from "@coatcheck/dev-idp";

/** Tells whose token call was in flight when a process was killed, by the provider's own counters. */
export interface InFlightWatch {
  /** To be called somewhat before: an answer that leaves the provider after this may not be recorded in time. */
  soon(this: void): void;
  /** To be called right after the kill. @returns their `sub`s */
  now(this: void): readonly string[];
}

/** @param subs whose token calls are watched; none of them has one in flight yet */
export function createInFlightWatch(idp: DevIdp, subs: readonly string[]): InFlightWatch {
  const read = (name: "refreshes" | "refreshesAnswered"): Map<string, number> =>
    new Map(subs.map((sub) => [sub, idp.counters(sub)[name]]));
  const sentBefore = read("refreshes");
  const answeredBefore = read("refreshesAnswered");
  let answered = answeredBefore;
  return {
    soon() {
      answered = read("refreshesAnswered");
    },
    now() {
      const sent = read("refreshes");
      return subs.filter((sub) => {
        const newlySent = (sent.get(sub) ?? 0) - (sentBefore.get(sub) ?? 0);
        const newlyAnswered = (answered.get(sub) ?? 0) - (answeredBefore.get(sub) ?? 0);
        return newlySent > newlyAnswered;
      });
    },
  };
}
