import { expect } from "vitest";
import type { Acknowledgement, ClaimRequest, Ledger, RecordAddress } from "@coatcheck/tokens";

/** The ledger under test, once it is there, and another handle on the same store (or the same one again). */
export interface LedgerStage {
  readonly ledger: Ledger;
  readonly other: Ledger;
}

export const LEASE_MS = 60_000;
export const POLL = { interval: 5, timeout: 15_000 };

/** Something that nobody else uses. */
export function name(): string {
  return crypto.randomUUID();
}

export function address(more: Partial<RecordAddress> = {}): RecordAddress {
  return { key: name(), tombstones: [], idTokenIat: 1_000, keepMs: 60_000, endedKeepMs: 60_000, ...more };
}

export function claim(more: Partial<ClaimRequest> = {}): ClaimRequest {
  return { generation: 0, fence: name(), leaseMs: LEASE_MS, mayRepeatAmbiguous: false, ...more };
}

export const acknowledgement: Acknowledgement = {
  shown: 0,
  arrivedAgoMs: 0,
  isHanding: false,
  settleAfterMs: 0,
  staleCookieMs: 60_000,
};

/** Spends generations 0 to `count - 1`; the sealed successor of g is `sealed-g`. */
export async function spend(ledger: Ledger, at: RecordAddress, count: number): Promise<void> {
  for (let generation = 0; generation < count; generation += 1) {
    const request = { generation, fence: name(), sealed: `sealed-${generation}` };
    expect(await ledger.publish(at, request)).toEqual({ kind: "published" });
  }
}

/** Waits until a lease of generation 0 has run out. */
export async function expired(ledger: Ledger, at: RecordAddress, fence: string): Promise<void> {
  const leaseLeftMs = expect.toSatisfy((left: number) => left <= 0);
  await expect
    .poll(async () => ledger.claim(at, claim()), POLL)
    .toMatchObject({ kind: "pending", fence, leaseLeftMs });
}
