import { hash } from "node:crypto";
import type { FailureKind, SessionRecord } from "@coatcheck/tokens";

/**
 * One session at one moment: its record, the provider, the browser's cookies, and how far three requests have come.
 *
 * The present is always {@link NOW}: when time passes, all instants move into the past. So the same situation an hour later is
 * the same state, and there are finitely many.
 */
export interface State {
  readonly record: SessionRecord | undefined;
  /** By spent generation. */
  readonly sealed: Readonly<Record<string, string>>;
  readonly provider: {
    /** The generation whose refresh token works; those before it are spent. */
    readonly live: number;
    readonly revoked: boolean;
  };
  /** The newest generation whose access token has expired; -1: none. */
  readonly expired: number;
  /** Generations whose cookie was handed out, when it or a later one first was, and when first shown. */
  readonly jar: readonly number[];
  readonly handedAt: Readonly<Record<string, number>>;
  readonly shownAt: Readonly<Record<string, number>>;
  readonly requests: readonly ModelRequest[];
  readonly calls: readonly ModelCall[];
  /** Successes that came when nobody waited for them any more, to be recorded all the same. */
  readonly late: readonly {
    readonly generation: number;
    readonly fence: string;
    readonly instance: number;
  }[];
  /** Generations whose success is in the ledger. */
  readonly recorded: readonly number[];
  readonly signedOut: boolean;
  /** Instances that stand still: nothing that they do happens, however much time passes. */
  readonly paused: readonly number[];
  /** How many more things may go wrong. */
  readonly faultsLeft: number;
  /** A token call has taken too long, or a process has stood still. */
  readonly wasSlow: boolean;
}

export type RequestResult = "fresh" | "failed" | "ended" | "stale" | "gone";

/** A request on its way through our server. */
export interface ModelRequest {
  readonly at:
    | "outside"
    | "claiming"
    | "leading"
    | "calling"
    | "publishing"
    | "burying"
    | "looking"
    | "ending"
    | "responding"
    | "over";
  readonly arrivedAt: number;
  /** The generation that its cookie shows, and the one that it has come to. */
  readonly shown: number;
  readonly tip: number;
  /** Its access token still works: it only refreshes ahead. */
  readonly isWindow: boolean;
  /** Of the claim that it holds: when it ends by the count of whoever holds it. */
  readonly leaseUntil: number;
  readonly failure: FailureKind | undefined;
  readonly result: RequestResult | undefined;
}

export interface ModelCall {
  readonly request: number;
  readonly generation: number;
  readonly fence: string;
  readonly sentAt: number;
  /** When the store may take its lease for over. */
  readonly leaseUntil: number;
  /** `undefined`: the provider hasn't got it yet. `none`: no answer will come. */
  readonly outcome: "success" | "unsent" | "terminal" | "none" | undefined;
  /** It took too long: its request has gone on without it. */
  readonly isGivenUp: boolean;
}

/** The present, in the store's milliseconds; one step of time is one millisecond. */
export const NOW = 1_000_000;
/** Later than anything that a run lives to see. */
export const FAR = NOW + 1_000_000_000;
/** How long a token call may take, and how long a lease lasts. */
export const CALL_MS = 1;
export const MODEL_LEASE_MS = 2;
/** For how long a lease has to have been over before somebody takes it over. */
export const DEAD_MS = 1;
export const SETTLE_MS = 1;
export const STALE_MS = 1;
/** Older than this, two instants are the same. */
const OLDEST = NOW - 3;

/** Which instance serves which request: the third is on the first one again. */
export const INSTANCE_OF = [0, 1, 0] as const;

/** How much of everything there is. */
export interface Bounds {
  readonly requests: 2 | 3;
  /** How many things may go wrong. */
  readonly faults: number;
}

const OUTSIDE: ModelRequest = {
  at: "outside",
  arrivedAt: NOW,
  shown: 0,
  tip: 0,
  isWindow: false,
  leaseUntil: NOW,
  failure: undefined,
  result: undefined,
};

/** Somebody has just signed in. */
export function firstState({ requests, faults }: Bounds): State {
  return {
    record: undefined,
    sealed: {},
    provider: { live: 0, revoked: false },
    expired: -1,
    jar: [0],
    handedAt: {},
    shownAt: {},
    requests: INSTANCE_OF.slice(0, requests).map(() => OUTSIDE),
    calls: [],
    late: [],
    recorded: [],
    signedOut: false,
    paused: [],
    faultsLeft: faults,
    wasSlow: false,
  };
}

export function isInside({ at }: ModelRequest): boolean {
  return at !== "outside" && at !== "over";
}

const HOLDING: ReadonlySet<ModelRequest["at"]> = new Set([
  "leading",
  "calling",
  "publishing",
  "burying",
  "looking",
  "ending",
]);

/** Whether it holds a claim. */
export function isHolding({ at }: ModelRequest): boolean {
  return HOLDING.has(at);
}

/**
 * Whether somebody has to do something before time may pass: timers fire, and leases are renewed, unless the process stands
 * still.
 */
function isUrgent(state: State): boolean {
  const isAwake = (request: number): boolean => !state.paused.includes(INSTANCE_OF[request] ?? 0);
  return (
    state.requests.some(
      (request, index) => isAwake(index) && isHolding(request) && request.leaseUntil <= NOW,
    ) ||
    state.calls.some(
      ({ request, sentAt, isGivenUp }) => isAwake(request) && !isGivenUp && sentAt + CALL_MS <= NOW,
    ) ||
    state.late.length > 0
  );
}

/** The same a millisecond later. `undefined`: something has to happen before. */
export function tick(state: State): State | undefined {
  if (isUrgent(state)) return undefined;
  const { record } = state;
  return {
    ...state,
    ...(record === undefined ? {} : { record: tickRecord(record) }),
    handedAt: tickAll(state.handedAt),
    shownAt: tickAll(state.shownAt),
    requests: state.requests.map((request) => ({
      ...request,
      ...(isInside(request) ? { arrivedAt: earlier(request.arrivedAt) } : {}),
      ...(isHolding(request) ? { leaseUntil: earlier(request.leaseUntil) } : {}),
    })),
    calls: state.calls.map((call) =>
      call.isGivenUp ? call : { ...call, sentAt: earlier(call.sentAt), leaseUntil: earlier(call.leaseUntil) },
    ),
  };
}

function tickAll(instants: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(instants).map(([name, instant]) => [name, earlier(instant)]));
}

function tickRecord(record: SessionRecord): SessionRecord {
  return {
    ...record,
    keepUntil: earlier(record.keepUntil),
    entries: Object.fromEntries(
      Object.entries(record.entries).map(([generation, entry]) => {
        const dropAt = earlier(entry.dropAt);
        if (entry.state === "pending") {
          return [generation, { ...entry, dropAt, leaseUntil: earlier(entry.leaseUntil) }];
        }
        if (entry.state === "done")
          return [generation, { ...entry, dropAt, handedAt: earlier(entry.handedAt) }];
        return [generation, { ...entry, dropAt, retryAt: earlier(entry.retryAt) }];
      }),
    ),
  };
}

function earlier(instant: number): number {
  return instant > FAR - 1_000_000 ? FAR : Math.max(OLDEST, instant - 1);
}

/** Equal for equal situations; the first and the last request are of one instance, so it doesn't matter which is which. */
export function keyOf(state: State): string {
  const text = JSON.stringify(state);
  const [first, second, third] = state.requests;
  if (first === undefined || second === undefined || third === undefined) return digest(text);
  const other = { 0: 2, 1: 1, 2: 0 } as const;
  const swapped = {
    ...state,
    requests: [third, second, first],
    calls: state.calls.map((call) => ({ ...call, request: other[call.request as 0 | 1 | 2] })),
  };
  const swappedText = JSON.stringify(swapped).replaceAll(
    /"fence":"([02])/gu,
    (_, index: string) => `"fence":"${2 - Number(index)}`,
  );
  return digest(text < swappedText ? text : swappedText);
}

function digest(text: string): string {
  return hash("md5", text, "base64");
}
