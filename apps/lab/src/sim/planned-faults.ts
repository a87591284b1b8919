import type { SimProcess } from "./sim-process.ts";
import type { Misfortune, Moment, StoreCall, StoreFault, TokenFault } from "./steps.ts";

/** Faults that lie ready, each for the next call or moment that it fits. */
export interface PlannedFaults {
  addStoreFault(call: StoreCall | "any", fault: StoreFault, count: number): void;
  takeStoreFault(call: StoreCall): StoreFault | undefined;
  addTokenFault(fault: TokenFault, count: number): void;
  takeTokenFault(): TokenFault | undefined;
  /** The next process that reaches this moment meets it. */
  addMisfortune(moment: Moment, what: Misfortune): void;
  addTrap(moment: Moment, spring: () => void): void;
  /** A process reaches a moment. */
  reach(moment: Moment, process: SimProcess): void;
  clear(): void;
}

export function createPlannedFaults(parts: {
  befall(process: SimProcess, what: Misfortune): void;
  onFault(what: string): void;
}): PlannedFaults {
  const storeFaults: { readonly call: StoreCall | "any"; readonly fault: StoreFault; left: number }[] = [];
  const tokenFaults: { readonly fault: TokenFault; left: number }[] = [];
  const traps: { readonly moment: Moment; readonly spring: (process: SimProcess) => void }[] = [];

  return {
    addStoreFault: (call, fault, count) => void storeFaults.push({ call, fault, left: count }),
    takeStoreFault(call) {
      const index = storeFaults.findIndex((entry) => entry.call === call || entry.call === "any");
      const entry = storeFaults[index];
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) storeFaults.splice(index, 1);
      parts.onFault(`store ${entry.fault} at ${call}`);
      return entry.fault;
    },
    addTokenFault: (fault, count) => void tokenFaults.push({ fault, left: count }),
    takeTokenFault() {
      const [entry] = tokenFaults;
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) tokenFaults.shift();
      parts.onFault(`token call ${entry.fault}`);
      return entry.fault;
    },
    addMisfortune: (moment, what) =>
      void traps.push({ moment, spring: (process) => parts.befall(process, what) }),
    addTrap: (moment, spring) => void traps.push({ moment, spring }),
    reach(moment, process) {
      const index = traps.findIndex((trap) => trap.moment === moment);
      if (index < 0) return;
      const [trap] = traps.splice(index, 1);
      trap?.spring(process);
    },
    clear() {
      storeFaults.length = 0;
      tokenFaults.length = 0;
      traps.length = 0;
    },
  };
}
