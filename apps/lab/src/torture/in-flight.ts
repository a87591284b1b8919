import type { DevIdp } from "@coatcheck/dev-idp";

/** Tells whose token call was in flight when a process was killed, by the provider's own counters. */
export interface InFlightWatch {
  /** To be called somewhat before the kill: an answer that leaves the provider after this may not be recorded in time. */
  soon(this: void): void;
  /**
   * To be called somewhat after the kill: what the process had sent has reached the provider, and died there.
   *
   * Calls of other processes that were answered meanwhile count as well: nobody can tell whose they were.
   *
   * @returns their `sub`s
   */
  after(this: void): readonly string[];
}

/** @param subs whose token calls are watched */
export function createInFlightWatch(idp: DevIdp, subs: readonly string[]): InFlightWatch {
  const read = (): Map<string, number> =>
    new Map(
      subs.map((sub) => {
        const { refreshesAnswered, refreshesCutOff } = idp.counters(sub);
        return [sub, refreshesAnswered + refreshesCutOff];
      }),
    );
  let before = read();
  return {
    soon() {
      before = read();
    },
    after: () => [...read()].filter(([sub, ended]) => ended > (before.get(sub) ?? 0)).map(([sub]) => sub),
  };
}
