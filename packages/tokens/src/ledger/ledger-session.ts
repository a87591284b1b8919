import type { Acknowledgement, RecordAddress, EndReason } from "./ledger.ts";
import {
  current,
  endRecord,
  isSpent,
  kept,
  type Entry,
  type SessionRecord,
  type Transition,
  type Stored,
} from "./ledger-record.ts";

/** `Ledger.acknowledge` on a record. */
export function acknowledgeStep(
  at: RecordAddress,
  request: Acknowledgement,
  stored: Stored,
  outlivesProcess: boolean,
): Transition<{ readonly isSettled: boolean }> {
  const { now } = stored;
  const found = current(at, stored);
  if (found?.ended !== undefined) return { record: found, answer: { isSettled: true } };
  const isToBeMade = request.touchedAt !== undefined && outlivesProcess;
  if (found === undefined && !isToBeMade) return { record: undefined, answer: { isSettled: true } };

  const base = kept(found, at, now);
  const settled = settle(base.entries, request, now);
  const handed = request.isHanding ? hand(settled, request.shown, now) : settled;
  const entries = request.touchedAt === undefined ? handed : prolong(handed, now + at.keepMs);
  const touchedAt = Math.max(request.touchedAt ?? 0, base.touchedAt ?? 0);
  const record: SessionRecord = {
    ...base,
    ...(touchedAt === 0 ? {} : { touchedAt }),
    highestShown: Math.max(base.highestShown, request.shown),
    entries,
  };
  const isSettled = Object.entries(entries).every(
    ([key, entry]) => Number(key) >= request.shown || entry.isSettled,
  );
  return { record, answer: { isSettled } };
}

type Entries = SessionRecord["entries"];

function mapEntries(entries: Entries, change: (entry: Entry, generation: number) => Entry): Entries {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, change(entry, Number(key))]));
}

/** Nobody can still be without the shown generation: what leads up to it is needed by stale cookies only. */
function settle(entries: Entries, request: Acknowledgement, now: number): Entries {
  const leading = entries[request.shown - 1];
  if (leading?.state !== "done") return entries;
  const arrivedAt = now - request.arrivedAgoMs;
  if (leading.handedAt > arrivedAt - request.settleAfterMs) return entries;
  const dropAt = now + request.staleCookieMs;
  return mapEntries(entries, (entry, generation) =>
    generation >= request.shown || entry.isSettled ? entry : { ...entry, isSettled: true, dropAt },
  );
}

/** Marks every generation after the shown one as handed: the response carries the last of them. */
function hand(entries: Entries, shown: number, now: number): Entries {
  return mapEntries(entries, (entry, generation) =>
    generation >= shown && entry.state === "done" ? { ...entry, handedAt: now } : entry,
  );
}

/** A touch lets cookies open for longer, those of unsettled generations too. */
function prolong(entries: Entries, until: number): Entries {
  return mapEntries(entries, (entry) =>
    entry.isSettled ? entry : { ...entry, dropAt: Math.max(entry.dropAt, until) },
  );
}

/** `Ledger.keepTokens` on a record. */
export function keepTokensStep(at: RecordAddress, generation: number, stored: Stored): Transition<boolean> {
  const found = current(at, stored);
  const isOutdated =
    found !== undefined &&
    (found.ended !== undefined || isSpent(found, generation) || generation < (found.tokensOf ?? 0));
  if (isOutdated) return { record: found, answer: false };
  return { record: { ...kept(found, at, stored.now), tokensOf: generation }, answer: true };
}

/** `Ledger.end` on a record. */
export function endStep(
  at: RecordAddress,
  reason: EndReason,
  stored: Stored,
): Transition<{ readonly reason: EndReason; readonly wasEnded: boolean }> {
  const found = current(at, stored);
  if (found?.ended !== undefined) {
    return { record: found, answer: { reason: found.ended, wasEnded: true } };
  }
  const ended = endRecord(kept(found, at, stored.now), at, stored.now, reason);
  return { record: ended, answer: { reason, wasEnded: false } };
}
