import { toBase64Url } from "../base64url.ts";
import { pause } from "../deadline.ts";
import { keepLease, momentOf, NO_LEASE, type Lease } from "./lease.ts";
import type { LeaseSightings } from "./lease-sightings.ts";
import type { ClaimAnswer, FailureHistory, RecordAddress } from "../ledger/ledger.ts";
import type { RefreshOrder, RefreshResult, RefreshTools } from "./refresh-order.ts";
import { walkToTip } from "./walk-to-tip.ts";

/** The right to send one generation's refresh token. */
export interface Turn {
  readonly kind: "led";
  readonly fence: string;
  readonly lease: Lease;
  readonly history: FailureHistory;
}

const FENCE_BYTES = 16;
/** Between two looks at a lease that has expired. */
const EXPIRED_LOOK_MS = 500;
const NO_HISTORY: FailureHistory = { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false };

/** Asks the ledger who refreshes: this caller (`led`), or somebody else, whose outcome is waited for in mode `must`. */
export async function takeTurn(
  order: RefreshOrder,
  at: RecordAddress,
  sightings: LeaseSightings,
  tools: RefreshTools,
): Promise<Turn | RefreshResult> {
  const { gate, policy, ports } = tools;
  const { generation } = order.tip;
  const fence = toBase64Url(tools.ports.randomBytes(FENCE_BYTES));
  const giveUpAt = ports.monotonicMs() + policy.requestWaitMs;
  let hasBackedOff = false;
  let hasWaited = false;
  let takeOver: string | undefined;

  for (;;) {
    const claim = await claimTurn(order, at, fence, takeOver, tools);
    if (claim === undefined) {
      const isLocal = order.mode === "must" && policy.ledgerDown === "refresh-locally";
      return isLocal ? { kind: "led", fence, lease: NO_LEASE, history: NO_HISTORY } : { kind: "ledger_down" };
    }
    const { answer, claimedAt } = claim;
    if (answer.kind === "led") {
      const renew = (): Promise<boolean> =>
        gate.patiently(
          (ledger) => ledger.renew(at, { generation, fence, leaseMs: policy.leaseMs }),
          policy.ledgerWaitMs,
        );
      const lease = keepLease({ leaseMs: policy.leaseMs, claimedAt }, renew, ports);
      return { kind: "led", fence, lease, history: answer.history };
    }
    if (answer.kind === "done") return follow(order, answer, hasWaited ? "joined" : "replayed", tools);
    if (answer.kind === "stale" || answer.kind === "ended") return answer;
    if (answer.kind === "dead") {
      const { held, retryInMs } = answer;
      if (held) return { kind: "failed", cause: "held", retryInMs };
      if (order.mode === "window" || hasBackedOff || retryInMs > policy.backOffWaitMs) {
        return { kind: "failed", cause: "backing_off", retryInMs };
      }
      hasBackedOff = true;
      await pause(retryInMs, ports);
      continue;
    }
    const leftMs = giveUpAt - ports.monotonicMs();
    if (order.mode === "window" || leftMs <= 0) return { kind: "failed", cause: "busy", retryInMs: 1_000 };
    const isExpired = answer.leaseLeftMs <= 0;
    takeOver = isExpired && sightings.isRipe(answer.fence) ? answer.fence : undefined;
    if (takeOver !== undefined) continue;
    const timeoutMs = Math.min(leftMs, isExpired ? EXPIRED_LOOK_MS : answer.leaseLeftMs + 1);
    hasWaited = true;
    await waitForOther(at, { generation, fence: answer.fence, timeoutMs }, tools);
  }
}

/** `undefined`: the store is out of reach. A claim that it may have granted all the same is given back. */
async function claimTurn(
  order: RefreshOrder,
  at: RecordAddress,
  fence: string,
  takeOver: string | undefined,
  tools: RefreshTools,
): Promise<{ readonly answer: ClaimAnswer; readonly claimedAt: ReturnType<typeof momentOf> } | undefined> {
  const { gate, policy, ports } = tools;
  const { generation } = order.tip;
  let hasAsked = false;
  let hasGivenUp = false;
  const giveBack = (): void => {
    const release = gate.untilDone(() =>
      gate.once((ledger) => ledger.release(at, { generation, fence }), policy.ledgerWaitMs),
    );
    tools.track(release.done);
  };
  const attempt = async (ledger: Parameters<Parameters<typeof gate.once>[0]>[0]) => {
    hasAsked = true;
    const claimedAt = momentOf(ports);
    const { leaseMs } = policy;
    const { mayRepeatAmbiguous } = order;
    const request = { generation, fence, leaseMs, mayRepeatAmbiguous };
    const answer = await ledger.claim(at, takeOver === undefined ? request : { ...request, takeOver });
    return { answer, claimedAt };
  };
  try {
    const onLate = (late: { readonly answer: ClaimAnswer }): void => {
      if (hasGivenUp && late.answer.kind === "led") giveBack();
    };
    return order.mode === "must"
      ? await gate.patiently(attempt, policy.ledgerWaitMs, onLate)
      : await gate.ifUp(attempt, policy.ledgerWaitMs, onLate);
  } catch {
    // The gate has told the observer. The lost claim may be lying in the store, where it would block others for a lease.
    hasGivenUp = true;
    if (hasAsked) giveBack();
    return undefined;
  }
}

async function follow(
  order: RefreshOrder,
  answer: Extract<ClaimAnswer, { kind: "done" }>,
  how: "joined" | "replayed",
  tools: RefreshTools,
): Promise<RefreshResult> {
  const { tip, isStale } = await walkToTip(tools.crypto, order.session.sid, order.tip, answer.view);
  // A later tip that looks spent may be in the making: whether its leader is still about to record it, its claim will tell.
  const isLost = isStale && tip.generation === order.tip.generation;
  return isLost ? { kind: "stale" } : { kind: "advanced", grant: tip, how };
}

async function waitForOther(
  at: RecordAddress,
  request: { readonly generation: number; readonly fence: string; readonly timeoutMs: number },
  tools: RefreshTools,
): Promise<void> {
  try {
    // Somewhat longer than the wait itself: its end is the ledger's to tell.
    await tools.gate.once(
      (ledger) => ledger.wait(at, request),
      request.timeoutMs + tools.policy.ledgerBriefMs,
    );
  } catch {
    // The gate has told the observer; the next claim finds out whether the store is back.
    await pause(EXPIRED_LOOK_MS, tools.ports);
  }
}
