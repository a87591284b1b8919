import { pause } from "../deadline.ts";
import type { Grant } from "../grant/grant.ts";
import type { BuryAnswer, Failure, PublishAnswer, RecordView, EndReason } from "../ledger/ledger.ts";
import type { RefreshAnswer } from "./refresh-call.ts";
import type { RefreshOrder, RefreshResult, RefreshTools } from "./refresh-order.ts";
import { sealSuccessor, succeed } from "../grant/successor.ts";
import { walkToTip } from "./walk-to-tip.ts";

/** What a recorded outcome means for those who wait, and when it is in the ledger. */
export interface Recorded {
  readonly result: RefreshResult;
  /** Settles when the outcome is recorded; never rejects. */
  readonly done: Promise<void>;
}

const LOOK_AGAIN: RefreshResult = { kind: "failed", cause: "busy", retryInMs: 1_000 };

/** Records a success, for as long as it takes; who led has the new grant even while the store is out of reach. */
export async function recordSuccess(
  order: RefreshOrder,
  fence: string,
  answer: Extract<RefreshAnswer, { kind: "success" }>,
  tools: RefreshTools,
): Promise<Recorded> {
  const { gate, addresses, crypto, policy } = tools;
  const { session, tip, resource } = order;
  const next = succeed(tip, resource, answer.accessToken, answer.refreshToken);
  const recording = gate.untilDone(async () => {
    const sealed = await sealSuccessor(crypto, session.sid, tip, next);
    const at = await addresses.addressOf(session);
    const request = { generation: tip.generation, fence, sealed };
    return gate.once((ledger) => ledger.publish(at, request), policy.ledgerWaitMs);
  });
  const conclusion = recording.done.then((published) => conclude(order, next, published, tools));
  const done = conclusion.then(
    () => undefined,
    () => undefined,
  );
  const isRecorded = (await recording.first) !== undefined;
  if (isRecorded) return { result: await conclusion, done };
  await report(order, "success", tools);
  return { result: { kind: "advanced", grant: next, how: "led", isUnrecorded: true }, done };
}

async function conclude(
  order: RefreshOrder,
  next: Grant,
  published: PublishAnswer,
  tools: RefreshTools,
): Promise<RefreshResult> {
  if (published.kind === "published") return { kind: "advanced", grant: next, how: "led" };
  if (published.kind === "done") {
    // Somebody else's success stands. Ours is dropped and not revoked: at many providers both are one grant.
    return follow(order, published.view, tools);
  }
  await handBack(order, next, published.reason, tools);
  return { kind: "ended", reason: published.reason };
}

/** The session ended while its refresh was under way: nobody may have what came of it. */
async function handBack(
  order: RefreshOrder,
  next: Grant,
  reason: EndReason,
  tools: RefreshTools,
): Promise<void> {
  const { logId: session } = await tools.addresses.keysOf(order.session);
  // The same person signed in again: the provider's grant may be the new session's, too.
  const isToRevoke = reason !== "replaced" && next.refreshToken !== undefined && tools.revoke !== undefined;
  tools.observer({ kind: "late_success", session, revoked: isToRevoke });
  if (!isToRevoke || next.refreshToken === undefined) return;
  try {
    await tools.revoke?.(next.refreshToken);
  } catch {
    tools.observer({ kind: "revoke_failed", session });
  }
}

async function follow(order: RefreshOrder, view: RecordView, tools: RefreshTools): Promise<RefreshResult> {
  const { tip, isStale } = await walkToTip(tools.crypto, order.session.sid, order.tip, view);
  // As after a claim: of a later tip, its own claim tells whether it is lost.
  const isLost = isStale && tip.generation === order.tip.generation;
  return isLost ? { kind: "stale" } : { kind: "advanced", grant: tip, how: "replayed" };
}

/** Records that a try failed; the session goes on. */
export async function recordFailure(
  order: RefreshOrder,
  fence: string,
  failure: Exclude<Failure, { kind: "terminal" }>,
  tools: RefreshTools,
): Promise<Recorded> {
  const { gate } = tools;
  const recording = gate.untilDone(() => bury(order, fence, failure, tools));
  const done = settled(recording.done);
  const buried = await recording.first;
  if (buried === undefined) await report(order, "failure", tools);
  if (buried?.kind === "ended") return { result: { kind: "ended", reason: buried.reason }, done };
  if (buried?.kind === "lost") return { result: LOOK_AGAIN, done };
  return { result: { kind: "failed", cause: "tried", retryInMs: failure.retryInMs }, done };
}

/**
 * Records that the grant is over, after two looks into the ledger with a short wait between them: a success that somebody
 * else is about to record outweighs any refusal.
 */
export async function recordTerminal(
  order: RefreshOrder,
  fence: string,
  tools: RefreshTools,
): Promise<Recorded> {
  const { gate, policy, ports } = tools;
  const recording = gate.untilDone(async (): Promise<RefreshResult> => {
    const found = await look(order, tools);
    if (found !== undefined) return found;
    await pause(policy.terminalRereadMs, ports);
    const foundLater = await look(order, tools);
    if (foundLater !== undefined) return foundLater;
    const buried = await bury(order, fence, { kind: "terminal" }, tools);
    return buried.kind === "ended" ? { kind: "ended", reason: buried.reason } : LOOK_AGAIN;
  });
  const result = await recording.first;
  if (result === undefined) await report(order, "terminal", tools);
  return { result: result ?? { kind: "ledger_down" }, done: settled(recording.done) };
}

async function look(order: RefreshOrder, tools: RefreshTools): Promise<RefreshResult | undefined> {
  const at = await tools.addresses.addressOf(order.session);
  const view = await tools.gate.once(
    (ledger) => ledger.read(at, order.tip.generation),
    tools.policy.ledgerWaitMs,
  );
  if (view.ended !== undefined) return { kind: "ended", reason: view.ended };
  if (view.successors[order.tip.generation] === undefined) return undefined;
  return follow(order, view, tools);
}

async function bury(
  order: RefreshOrder,
  fence: string,
  failure: Failure,
  tools: RefreshTools,
): Promise<BuryAnswer> {
  const at = await tools.addresses.addressOf(order.session);
  const request = { generation: order.tip.generation, fence, failure };
  return tools.gate.once((ledger) => ledger.bury(at, request), tools.policy.ledgerWaitMs);
}

/** Gives a turn back unused. */
export function recordUnused(order: RefreshOrder, fence: string, tools: RefreshTools): Promise<void> {
  const { generation } = order.tip;
  const recording = tools.gate.untilDone(async () => {
    const at = await tools.addresses.addressOf(order.session);
    await tools.gate.once((ledger) => ledger.release(at, { generation, fence }), tools.policy.ledgerWaitMs);
  });
  return settled(recording.done);
}

async function report(order: RefreshOrder, what: string, tools: RefreshTools): Promise<void> {
  const { logId: session } = await tools.addresses.keysOf(order.session);
  tools.observer({ kind: "record_delayed", session, what });
}

function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  );
}
