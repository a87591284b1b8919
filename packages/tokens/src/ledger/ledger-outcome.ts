import type { BuryAnswer, Failure, PublishAnswer, RecordAddress } from "./ledger.ts";
import { failed, ownPending } from "./ledger-claim.ts";
import {
  current,
  endRecord,
  isSpent,
  kept,
  withEntry,
  withoutEntry,
  type Transition,
  type Stored,
} from "./ledger-record.ts";

/** The view is left to the adapter. `isNew`: the sealed successor is to be stored. */
type PublishVerdict =
  | Exclude<PublishAnswer, { readonly kind: "published" | "done" }>
  | { readonly kind: "published"; readonly isNew: boolean }
  | { readonly kind: "done" };

/** `Ledger.publish` on a record. */
export function publishStep(
  at: RecordAddress,
  request: { readonly generation: number; readonly fence: string },
  stored: Stored,
): Transition<PublishVerdict> {
  const { now } = stored;
  const { generation, fence } = request;
  const found = current(at, stored);
  if (found?.ended !== undefined) return { record: found, answer: { kind: "ended", reason: found.ended } };
  const entry = found?.entries[generation];
  if (entry?.state === "done") {
    const isRepetition = entry.fence === fence;
    return { record: found, answer: isRepetition ? { kind: "published", isNew: false } : { kind: "done" } };
  }
  // Spent and forgotten: another success stood here once.
  if (found !== undefined && entry === undefined && generation <= found.highestSpent) {
    return { record: found, answer: { kind: "done" } };
  }
  const base = kept(found, at, now);
  const done = withEntry(base, generation, {
    state: "done",
    fence,
    handedAt: now,
    dropAt: now + at.keepMs,
    isSettled: false,
  });
  const { tokensOf, ...spent } = { ...done, highestSpent: Math.max(base.highestSpent, generation) };
  // Whoever shows the spent generation is led to its successor, which has tokens of its own.
  const isOfLater = tokensOf !== undefined && tokensOf > spent.highestSpent;
  return {
    record: isOfLater ? { ...spent, tokensOf } : spent,
    answer: { kind: "published", isNew: true },
  };
}

/** `Ledger.bury` on a record. */
export function buryStep(
  at: RecordAddress,
  request: { readonly generation: number; readonly fence: string; readonly failure: Failure },
  stored: Stored,
): Transition<BuryAnswer> {
  const { now } = stored;
  const { generation, failure } = request;
  const found = current(at, stored);
  if (found?.ended !== undefined) return { record: found, answer: { kind: "ended", reason: found.ended } };
  const entry = ownPending(found, generation, request.fence);
  if (entry === undefined || found === undefined) return { record: found, answer: { kind: "lost" } };
  if (failure.kind === "terminal") {
    // A later generation exists, so this one was refreshed well by somebody: its refusal says nothing about the grant.
    if (isSpent(found, generation)) {
      return { record: withoutEntry(found, generation), answer: { kind: "lost" } };
    }
    return {
      record: endRecord(found, at, now, "grant_ended"),
      answer: { kind: "ended", reason: "grant_ended" },
    };
  }
  const dead = withEntry(kept(found, at, now), generation, {
    state: "dead",
    past: failed(entry.past, failure.kind, now),
    retryAt: now + failure.retryInMs,
    dropAt: Math.max(entry.dropAt, now + at.keepMs),
    isSettled: false,
  });
  return { record: dead, answer: { kind: "buried" } };
}
