import { isPastLimit, type Grant } from "../grant/grant.ts";
import { TokensError } from "../tokens-error.ts";
import { createBreaker, type Breaker } from "./breaker.ts";
import { makeTokenCall, type TokenCallEnd, type RefreshSuccess } from "./make-token-call.ts";
import { BACK_OFF_WAIT_MS, claimGeneration, type Claim } from "./claim-generation.ts";
import { createDeadLeases } from "./dead-leases.ts";
import { backOffMs, isFinal, OUTCOMES } from "./outcome-table.ts";
import { createOutcomeRecorder, type OnResult } from "./record-outcome.ts";
import type { RefreshAnswer } from "./refresh-call.ts";
import type { RefreshParts, RefreshResult, RefreshTask } from "./refresh-task.ts";
import { createRefusals, type Refusals } from "./refusals.ts";
import type { RefreshEventOutcome } from "./tokens-event.ts";

/** One refresh of one generation, shared by everyone in this process who needs it. */
export interface Refresh {
  readonly task: RefreshTask;
  /** How it ended. Never rejects. */
  readonly result: Promise<RefreshResult>;
  /** There is a result already: a success that waits to be recorded is kept for those who come late. */
  readonly isOver: () => boolean;
  /** Resolves when the ledger has the outcome, too. Never rejects. */
  readonly recorded: Promise<void>;
}

/** Single flight: one refresh at a time for a session, generation and refresh token, whatever the resource. */
export interface Refreshes {
  readonly breaker: Breaker;
  readonly refusals: Refusals;
  find(sid: string, tip: Grant): Refresh | undefined;
  /** The caller has looked with `find` since it last awaited anything. @param onLead this process is about to make the token call */
  start(task: RefreshTask, onLead?: () => void): Refresh;
}

const FAILED: RefreshResult = { kind: "failed", cause: "tried", retryInMs: 1_000 };
const HELD_BACK: RefreshResult = { kind: "failed", cause: "busy", retryInMs: 1_000 };

export function createRefreshes(parts: RefreshParts): Refreshes {
  const { access, policy, ports, observer, track } = parts;
  const running = new Map<string, Refresh>();
  const deadLeases = createDeadLeases(ports.monotonicMs, access.outages);
  const refusals = createRefusals(ports.monotonicMs);
  const recorder = createOutcomeRecorder(parts);
  const breaker = createBreaker(
    (isOpen) => observer({ kind: isOpen ? "breaker_opened" : "breaker_closed" }),
    ports,
  );

  function start(task: RefreshTask, onLead: () => void = () => undefined): Refresh {
    const key = keyOf(task.session.sid, task.tip);
    const result = Promise.withResolvers<RefreshResult>();
    let isOver = false;

    function leave(): void {
      if (running.get(key) === refresh) running.delete(key);
    }
    function onResult(end: RefreshResult): void {
      if (isOver) return;
      isOver = true;
      // An unrecorded success stays, so that whoever still shows the spent grant finds it here.
      if (end.kind !== "advanced") leave();
      result.resolve(end);
    }
    const recorded = run(task, onLead, onResult)
      .catch((error: unknown) => {
        // A defect of ours or of a port must not leave anyone waiting.
        const isClosed = error instanceof TokensError && error.code === "ledger_closed";
        if (!isClosed)
          observer({ kind: "defect", reason: error instanceof Error ? error.name : "unknown error" });
        onResult(FAILED);
      })
      .then(leave);
    const refresh: Refresh = { task, result: result.promise, isOver: () => isOver, recorded };
    running.set(key, refresh);
    track(recorded);
    return refresh;
  }

  /** Claims the generation, makes the token call, records its outcome. Resolves when that is done. */
  async function run(task: RefreshTask, onLead: () => void, onResult: OnResult): Promise<void> {
    const { sid } = task.session;
    const claim = await claimGeneration(task, deadLeases, () => refusals.noteRefused(sid), parts);
    if (claim.kind !== "led") return onResult(claim);
    try {
      await lead(task, claim, onLead, onResult);
    } finally {
      // The lease outlives the answer: until the outcome is in the ledger, nobody else may send.
      claim.lease.stop();
    }
  }

  async function lead(
    task: RefreshTask,
    claim: Claim,
    onLead: () => void,
    onResult: OnResult,
  ): Promise<void> {
    if (isPastLimit(task.tip, ports.nowMs())) return expire(task, claim, onResult);
    const { refreshToken } = task.tip;
    const begunAt = ports.monotonicMs();
    const isAdmitted = await breaker.admit(task.mode === "window" ? 0 : BACK_OFF_WAIT_MS);
    if (refreshToken === undefined || !isAdmitted) {
      onResult({ kind: "failed", cause: "backing_off", retryInMs: Math.max(1, breaker.nextProbeInMs()) });
      return recorder.unused(task, claim.fence);
    }
    onLead();
    const { answer, wasHeldBack } = await call(task, refreshToken, claim);
    if (wasHeldBack) {
      onResult(HELD_BACK);
      return recorder.unused(task, claim.fence);
    }
    const { logId } = await access.keysOf(task.session);
    let isReported = false;
    // What the ledger said of earlier refusals was true when this call began, which may have been long ago.
    const refusedForMs = claim.history.refusedForMs + ports.monotonicMs() - begunAt;
    return record(task, claim, answer, refusedForMs, (result) => {
      if (!isReported) report(task, answer, result, logId, ports.monotonicMs() - begunAt);
      isReported = true;
      onResult(result);
    });
  }

  /** Nobody else is at it, since this claim leads, and the refresh token is worth nothing any more: it isn't sent. */
  async function expire(task: RefreshTask, claim: Claim, onResult: OnResult): Promise<void> {
    const begunAt = ports.monotonicMs();
    const { logId } = await access.keysOf(task.session);
    const answer: RefreshAnswer = { kind: "terminal", reason: "refresh_token_expired" };
    let isReported = false;
    return recorder.end(task, claim.fence, (result) => {
      if (!isReported) report(task, answer, result, logId, ports.monotonicMs() - begunAt);
      isReported = true;
      onResult(result);
    });
  }

  /** One token call; a second one at once where an ambiguous end of the first is covered by the provider's grace. */
  async function call(task: RefreshTask, refreshToken: string, claim: Claim): Promise<TokenCallEnd> {
    const begunAt = ports.monotonicMs();
    function onLateSuccess(late: RefreshSuccess): void {
      track(recorder.success(task, claim.fence, late, () => undefined));
    }
    const first = await makeTokenCall(task, refreshToken, claim.lease, parts, onLateSuccess);
    const isInGrace = ports.monotonicMs() - begunAt < policy.reuseGraceSeconds * 1_000;
    const isRepeatable = first.answer.kind === "ambiguous" && isInGrace && !claim.history.maybeSpent;
    if (!isRepeatable || breaker.isOpen()) return first;
    const second = await makeTokenCall(task, refreshToken, claim.lease, parts, onLateSuccess);
    return second.wasHeldBack ? first : second;
  }

  function record(
    task: RefreshTask,
    claim: Claim,
    answer: RefreshAnswer,
    refusedForMs: number,
    onResult: OnResult,
  ): Promise<void> {
    const { fence, history } = claim;
    const { sid } = task.session;
    if (OUTCOMES[answer.kind].provider === "up") breaker.succeeded();
    else breaker.failed();
    if (answer.kind === "success") {
      refusals.noteRefreshed(sid);
      return recorder.success(task, fence, answer, onResult);
    }
    if (answer.kind === "other_identity") return recorder.endAtOnce(task, answer, onResult);
    if (answer.kind === "terminal") return recorder.end(task, fence, onResult);
    const outcome = OUTCOMES[answer.kind];
    if ("final" in outcome) refusals.noteRefused(sid);
    if (isFinal(outcome, history, refusals.meetOthers(sid, refusedForMs))) {
      return recorder.end(task, fence, onResult);
    }
    const wish = answer.kind === "unsent" ? answer.retryAfterSeconds : undefined;
    const random = (ports.randomBytes(1)[0] ?? 0) / 256;
    const retryInMs = backOffMs(history.tries, wish, random);
    return recorder.failure(task, fence, { kind: outcome.record, retryInMs }, onResult);
  }

  function report(
    task: RefreshTask,
    answer: RefreshAnswer,
    result: RefreshResult,
    session: string,
    durationMs: number,
  ): void {
    const expiresAt =
      result.kind === "advanced" ? result.grant.accessTokens[task.resource]?.expiresAt : undefined;
    const facts =
      answer.kind === "success"
        ? expiresAt === undefined
          ? {}
          : { expiresAt }
        : { reason: answer.reason, ...("status" in answer ? { status: answer.status } : {}) };
    observer({
      kind: "refresh",
      outcome: eventOutcome(task, answer, result),
      trigger: task.trigger,
      resource: task.resource,
      durationMs,
      generation: result.kind === "advanced" ? result.grant.generation : task.tip.generation,
      session,
      ...facts,
    });
    if (result.kind !== "ended" || answer.kind === "success") return;
    refusals.forget(task.session.sid);
    const isOurs = result.reason === "grant_ended" || answer.kind === "other_identity";
    if (isOurs) observer({ kind: "session_ended", session, reason: result.reason });
  }

  return { breaker, refusals, find: (sid, tip) => running.get(keyOf(sid, tip)), start };
}

function keyOf(sid: string, tip: Grant): string {
  return `${sid} ${tip.generation} ${tip.refreshToken ?? ""}`;
}

function eventOutcome(task: RefreshTask, answer: RefreshAnswer, result: RefreshResult): RefreshEventOutcome {
  if (answer.kind === "success") return task.mode === "window" ? "window" : "led";
  if (answer.kind === "other_identity") return answer.kind;
  return result.kind === "ended" ? "terminal" : answer.kind;
}
