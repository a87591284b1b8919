import type { ClaimAnswer, ClaimRequest, FailureKind, RecordAddress } from "./ledger.ts";
import {
  current,
  isSpent,
  kept,
  toHistory,
  withEntry,
  withoutEntry,
  type Entry,
  type PastFailures,
  type SessionRecord,
  type Transition,
  type Stored,
} from "./ledger-record.ts";

/** The view is left to the adapter, which has the sealed successors. */
type ClaimVerdict = Exclude<ClaimAnswer, { readonly kind: "done" }> | { readonly kind: "done" };

/** Milliseconds after a try in which its success may still be recorded; then its process is taken for gone. */
const UNRECORDED_MS = 600_000;

/** `Ledger.claim` on a record. */
export function claimStep(
  at: RecordAddress,
  request: ClaimRequest,
  stored: Stored,
): Transition<ClaimVerdict> {
  const { now } = stored;
  const found = current(at, stored);
  if (found?.ended !== undefined) return { record: found, answer: { kind: "ended", reason: found.ended } };
  const base = kept(found, at, now);
  const shown: SessionRecord =
    base.highestShown >= request.generation ? base : { ...base, highestShown: request.generation };
  const entry = shown.entries[request.generation];
  if (entry?.state === "done") return { record: shown, answer: { kind: "done" } };
  if (entry?.state === "pending") {
    const leaseLeftMs = entry.leaseUntil - now;
    const isOwn = entry.fence === request.fence;
    const isToTakeOver = leaseLeftMs <= 0 && entry.fence === request.takeOver;
    if (!isOwn && !isToTakeOver) {
      return { record: shown, answer: { kind: "pending", fence: entry.fence, leaseLeftMs } };
    }
    if (isOwn) return lead(shown, at, request, entry.past, now);
  }
  if (isSpent(shown, request.generation)) {
    // Somebody had a success, since a later generation is known, and may not have been able to record it yet.
    const triedAt = entry?.state === "pending" ? entry.leaseUntil : entry?.retryAt;
    if (triedAt === undefined || now - triedAt >= UNRECORDED_MS) {
      return { record: shown, answer: { kind: "stale" } };
    }
    const retryInMs = Math.max(0, triedAt - now);
    return { record: shown, answer: { kind: "dead", failure: "ambiguous", retryInMs, held: true } };
  }
  if (entry === undefined) return lead(shown, at, request, undefined, now);

  // A lease that ran out counts as an ambiguous failure: its holder may have sent.
  const past = entry.state === "dead" ? entry.past : failed(entry.past, "ambiguous", now);
  const retryInMs = entry.state === "dead" ? entry.retryAt - now : 0;
  const held = past.maybeSpent && !request.mayRepeatAmbiguous;
  if (retryInMs > 0 || held) {
    const answer = { kind: "dead", failure: past.kind, retryInMs: Math.max(0, retryInMs), held } as const;
    return { record: shown, answer };
  }
  return lead(shown, at, request, past, now);
}

function lead(
  record: SessionRecord,
  at: RecordAddress,
  request: ClaimRequest,
  past: PastFailures | undefined,
  now: number,
): Transition<ClaimVerdict> {
  const entry: Entry = {
    state: "pending",
    fence: request.fence,
    leaseUntil: now + request.leaseMs,
    dropAt: now + Math.max(at.keepMs, request.leaseMs),
    isSettled: false,
    ...(past === undefined ? {} : { past }),
  };
  return {
    record: withEntry(record, request.generation, entry),
    answer: { kind: "led", history: toHistory(past, now) },
  };
}

/** One failure more. */
export function failed(past: PastFailures | undefined, kind: FailureKind, now: number): PastFailures {
  const isRefusal = kind === "refused" || kind === "unreadable";
  return {
    kind,
    tries: (past?.tries ?? 0) + 1,
    refusals: (past?.refusals ?? 0) + (isRefusal ? 1 : 0),
    refusedSince: (past?.refusedSince ?? 0) || (isRefusal ? now : 0),
    maybeSpent: (past?.maybeSpent ?? false) || kind === "ambiguous" || kind === "unreadable",
  };
}

/** The entry, if it is pending under this fence. */
export function ownPending(
  record: SessionRecord | undefined,
  generation: number,
  fence: string,
): Extract<Entry, { state: "pending" }> | undefined {
  const entry = record?.entries[generation];
  return entry?.state === "pending" && entry.fence === fence ? entry : undefined;
}

/** `Ledger.renew` on a record. */
export function renewStep(
  at: RecordAddress,
  request: { readonly generation: number; readonly fence: string; readonly leaseMs: number },
  stored: Stored,
): Transition<boolean> {
  const found = current(at, stored);
  const entry = ownPending(found, request.generation, request.fence);
  if (entry === undefined) return { record: found, answer: false };
  const leaseUntil = Math.max(entry.leaseUntil, stored.now + request.leaseMs);
  const dropAt = Math.max(entry.dropAt, leaseUntil);
  const renewed = withEntry(kept(found, at, stored.now), request.generation, {
    ...entry,
    leaseUntil,
    dropAt,
  });
  return { record: renewed, answer: true };
}

/** `Ledger.release` on a record: the failures before this claim come back, so that their caution isn't lost. */
export function releaseStep(
  at: RecordAddress,
  request: { readonly generation: number; readonly fence: string },
  stored: Stored,
): Transition<undefined> {
  const found = current(at, stored);
  const entry = ownPending(found, request.generation, request.fence);
  if (entry === undefined || found === undefined) return { record: found, answer: undefined };
  const { past, dropAt } = entry;
  const released =
    past === undefined
      ? withoutEntry(found, request.generation)
      : withEntry(found, request.generation, {
          state: "dead",
          past,
          retryAt: stored.now,
          dropAt,
          isSettled: false,
        });
  return { record: kept(released, at, stored.now), answer: undefined };
}
