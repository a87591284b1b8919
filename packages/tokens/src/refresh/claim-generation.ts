import { uint8ArrayToBase64 } from "uint8array-extras";
import { pause } from "../deadline.ts";
import { walkToTip } from "../grant/walk-to-tip.ts";
import type { ClaimAnswer, FailureHistory, Ledger, RecordAddress } from "../ledger/ledger.ts";
import type { DeadLeases } from "./dead-leases.ts";
import { keepLease, leaseMsFor, readClocks, NO_LEASE, type Lease, type ClockReading } from "./lease.ts";
import { LEDGER_BRIEF_MS } from "./ledger-access.ts";
import { toResult, type RefreshParts, type RefreshResult, type RefreshTask } from "./refresh-task.ts";

/** The right to send one generation's refresh token. */
export interface Claim {
  readonly kind: "led";
  readonly fence: string;
  readonly lease: Lease;
  readonly history: FailureHistory;
}

/** What a request waits for a refresh, at most. */
export const REQUEST_WAIT_MS = 10_000;
/** What it waits for a back-off, or until it may probe a provider that fails, before its one try. */
export const BACK_OFF_WAIT_MS = 2_500;

const FENCE_BYTES = 16;
/** Between two looks at a lease that has expired. */
const EXPIRED_LOOK_MS = 500;
const NO_HISTORY: FailureHistory = { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false };

/**
 * Asks the ledger who refreshes: this caller (`led`), or somebody else, whose outcome is waited for in mode `must`.
 *
 * @param onRefused the ledger says that the provider refused this session's last try
 */
export async function claimGeneration(
  task: RefreshTask,
  deadLeases: DeadLeases,
  onRefused: () => void,
  parts: RefreshParts,
): Promise<Claim | RefreshResult> {
  const { access, policy, ports } = parts;
  const { session, tip, mode } = task;
  const { generation } = tip;
  const fence = uint8ArrayToBase64(ports.randomBytes(FENCE_BYTES), { urlSafe: true });
  const leaseMs = leaseMsFor(policy.tokenTimeoutMs);
  const giveUpAt = ports.monotonicMs() + REQUEST_WAIT_MS;
  let hasBackedOff = false;
  let hasWaited = false;
  let takeOver: string | undefined;

  for (;;) {
    const { mayRepeatAmbiguous } = task;
    const request = { generation, fence, leaseMs, mayRepeatAmbiguous };
    const claim = await sendClaim(task, takeOver === undefined ? request : { ...request, takeOver }, parts);
    if (claim === undefined) {
      const isLocal = mode === "must" && policy.ledgerDown === "refresh-locally";
      return isLocal ? { kind: "led", fence, lease: NO_LEASE, history: NO_HISTORY } : { kind: "ledger_down" };
    }
    const { answer, claimedAt } = claim;
    if (answer.kind === "led") {
      const renew = (): Promise<boolean> =>
        access.askPatiently(session, (ledger, at) => ledger.renew(at, { generation, fence, leaseMs }));
      return {
        kind: "led",
        fence,
        lease: keepLease({ leaseMs, claimedAt }, renew, ports),
        history: answer.history,
      };
    }
    if (answer.kind === "done") {
      const found = await walkToTip(parts.crypto, session.sid, tip, answer.view);
      return toResult(tip, found, hasWaited ? "joined" : "replayed");
    }
    if (answer.kind === "stale" || answer.kind === "ended") return answer;
    if (answer.kind === "dead") {
      const { failure, held, retryInMs } = answer;
      if (failure === "refused") onRefused();
      if (held) return { kind: "failed", cause: "held", retryInMs };
      if (mode === "window" || hasBackedOff || retryInMs > BACK_OFF_WAIT_MS) {
        return { kind: "failed", cause: "backing_off", retryInMs };
      }
      hasBackedOff = true;
      await pause(retryInMs, ports);
      continue;
    }
    const leftMs = giveUpAt - ports.monotonicMs();
    if (mode === "window" || leftMs <= 0) return { kind: "failed", cause: "busy", retryInMs: 1_000 };
    const isExpired = answer.leaseLeftMs <= 0;
    takeOver = isExpired && deadLeases.mayTakeOver(answer.fence) ? answer.fence : undefined;
    if (takeOver !== undefined) continue;
    const timeoutMs = Math.min(leftMs, isExpired ? EXPIRED_LOOK_MS : answer.leaseLeftMs + 1);
    hasWaited = true;
    await waitForOther(task, { generation, fence: answer.fence, timeoutMs }, parts);
  }
}

/** `undefined`: the store is out of reach. A claim that it may have granted all the same is given back. */
async function sendClaim(
  task: RefreshTask,
  request: Parameters<Ledger["claim"]>[1],
  { access, ports, track }: RefreshParts,
): Promise<{ readonly answer: ClaimAnswer; readonly claimedAt: ClockReading } | undefined> {
  let hasAsked = false;
  let hasGivenUp = false;
  function giveBack(): void {
    track(access.untilDone(() => access.ask(task.session, (ledger, at) => ledger.release(at, request))));
  }
  async function attempt(ledger: Ledger, at: RecordAddress) {
    hasAsked = true;
    const claimedAt = readClocks(ports);
    return { answer: await ledger.claim(at, request), claimedAt };
  }
  function onLate({ answer }: { readonly answer: ClaimAnswer }): void {
    if (hasGivenUp && answer.kind === "led") giveBack();
  }
  try {
    return task.mode === "must"
      ? await access.askPatiently(task.session, attempt, { onLate })
      : await access.askIfUp(task.session, attempt, { onLate });
  } catch {
    // The observer knows. The lost claim may be lying in the store, where it would block others for a lease.
    hasGivenUp = true;
    if (hasAsked) giveBack();
    return undefined;
  }
}

async function waitForOther(
  { session }: RefreshTask,
  request: { readonly generation: number; readonly fence: string; readonly timeoutMs: number },
  { access, ports }: RefreshParts,
): Promise<void> {
  try {
    // Somewhat longer than the wait itself, whose end the ledger notices.
    const waitMs = request.timeoutMs + LEDGER_BRIEF_MS;
    await access.ask(session, (ledger, at) => ledger.wait(at, request), { waitMs });
  } catch {
    // The observer knows; the next claim finds out whether the store is back.
    await pause(EXPIRED_LOOK_MS, ports);
  }
}
