import type { Fault, FaultEndpoint } from "./fault.ts";

/** A request, as far as faults care. */
export interface FaultableRequest {
  readonly endpoint: Exclude<FaultEndpoint, "any">;
  readonly grant: string | undefined;
  readonly accountId: string | undefined;
}

/** How a request goes on after its faults struck. */
export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "reset" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly contentType: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A standing fault, as the control API lists it. */
export interface StandingFault {
  readonly id: number;
  readonly fault: Fault;
  /** `null`: no limit. */
  readonly timesLeft: number | null;
  /** Requests that wait for a release right now. */
  readonly held: number;
}

export interface FaultBoard {
  add(fault: Fault): StandingFault;
  /** Removes one fault, or all, and releases what they hold. @returns how many were there */
  clear(id?: number): number;
  /** Lets held requests go on and takes the `hold` faults away. @returns how many requests were waiting */
  release(id?: number): number;
  list(): readonly StandingFault[];
  /** Waits until at least `atLeast` requests are held; `false` when `withinMs` passes before. */
  waitUntilHeld(atLeast: number, withinMs: number, id?: number): Promise<boolean>;
  /** Runs the faults of one stage in the order of their making; the first that ends the request wins. */
  strike(request: FaultableRequest, when: "before" | "after"): Promise<Verdict>;
}

interface Entry {
  readonly id: number;
  readonly fault: Fault;
  timesLeft: number;
  readonly endsAtMs: number;
  readonly waiting: Set<() => void>;
}

/** @param onApplied called once for each fault that strikes a request */
export function createFaultBoard(
  onApplied: (request: FaultableRequest) => void,
  nowMs: () => number = Date.now,
): FaultBoard {
  const entries = new Map<number, Entry>();
  const heldListeners = new Set<() => void>();
  let lastId = 0;

  const view = ({ id, fault, timesLeft, waiting }: Entry): StandingFault => ({
    id,
    fault,
    timesLeft: timesLeft === Infinity ? null : timesLeft,
    held: waiting.size,
  });

  function isOver(entry: Entry): boolean {
    return entry.timesLeft <= 0 || entry.endsAtMs <= nowMs();
  }

  function forgetWhenOver(entry: Entry): void {
    if (isOver(entry) && entry.waiting.size === 0) entries.delete(entry.id);
  }

  function letGo(entry: Entry): number {
    const waiting = [...entry.waiting];
    entry.waiting.clear();
    for (const proceed of waiting) proceed();
    return waiting.length;
  }

  function chosen(id: number | undefined): Entry[] {
    return [...entries.values()].filter((entry) => id === undefined || entry.id === id);
  }

  function heldCount(id: number | undefined): number {
    return chosen(id).reduce((sum, entry) => sum + entry.waiting.size, 0);
  }

  function isStruck({ fault }: Entry, request: FaultableRequest, when: "before" | "after"): boolean {
    return (
      fault.when === when &&
      (fault.endpoint === "any" || fault.endpoint === request.endpoint) &&
      (request.endpoint !== "token" || fault.grant === "any" || fault.grant === request.grant) &&
      (fault.user === undefined || fault.user === request.accountId)
    );
  }

  async function apply(entry: Entry): Promise<Verdict> {
    const { fault } = entry;
    switch (fault.kind) {
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        return { kind: "pass" };
      case "hold":
        await new Promise<void>((resolve) => {
          entry.waiting.add(resolve);
          for (const listener of heldListeners) listener();
        });
        return { kind: "pass" };
      case "unavailable":
        return {
          kind: "answer",
          status: 503,
          body: '{"error":"temporarily_unavailable"}',
          contentType: "application/json",
          headers:
            fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) },
        };
      case "answer":
        return fault;
      case "reset":
        return { kind: "reset" };
      default:
        return fault satisfies never;
    }
  }

  return {
    add(fault) {
      lastId += 1;
      const entry: Entry = {
        id: lastId,
        fault,
        timesLeft: fault.times ?? Infinity,
        endsAtMs: fault.forSeconds === undefined ? Infinity : nowMs() + fault.forSeconds * 1000,
        waiting: new Set(),
      };
      entries.set(entry.id, entry);
      return view(entry);
    },
    clear(id) {
      const gone = chosen(id);
      for (const entry of gone) {
        entries.delete(entry.id);
        letGo(entry);
      }
      return gone.length;
    },
    release(id) {
      const holds = chosen(id).filter(({ fault }) => fault.kind === "hold");
      for (const entry of holds) entries.delete(entry.id);
      return holds.reduce((sum, entry) => sum + letGo(entry), 0);
    },
    list() {
      for (const entry of entries.values()) forgetWhenOver(entry);
      return [...entries.values()].map(view);
    },
    waitUntilHeld(atLeast, withinMs, id) {
      if (heldCount(id) >= atLeast) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (isHeld: boolean): void => {
          clearTimeout(timer);
          heldListeners.delete(check);
          resolve(isHeld);
        };
        const check = (): void => {
          if (heldCount(id) >= atLeast) finish(true);
        };
        const timer = setTimeout(() => finish(false), withinMs);
        heldListeners.add(check);
      });
    },
    async strike(request, when) {
      const standing = [...entries.values()];
      for (const entry of standing) {
        if (!entries.has(entry.id) || isOver(entry) || !isStruck(entry, request, when)) continue;
        entry.timesLeft -= 1;
        onApplied(request);
        const verdict = await apply(entry);
        forgetWhenOver(entry);
        if (verdict.kind !== "pass") return verdict;
      }
      return { kind: "pass" };
    },
  };
}
