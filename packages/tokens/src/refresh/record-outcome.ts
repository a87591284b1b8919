import { pause } from "../deadline.ts";
import type { Grant } from "../grant/grant.ts";
import { succeed } from "../grant/granted.ts";
import { sealSuccessor } from "../grant/successor.ts";
import { walkToTip } from "../grant/walk-to-tip.ts";
import type { Failure, PublishAnswer } from "../ledger/ledger.ts";
import type { RefreshSuccess } from "./make-token-call.ts";
import type { RefreshAnswer } from "./refresh-call.ts";
import { toResult, type RefreshParts, type RefreshResult, type RefreshTask } from "./refresh-task.ts";

/** Says how a refresh ended; only the first call counts. */
export type OnResult = (result: RefreshResult) => void;

/** Between the two looks into the ledger before a session is given up. */
const TERMINAL_REREAD_MS = 1_000;
const LOOK_AGAIN: RefreshResult = { kind: "failed", cause: "busy", retryInMs: 1_000 };

/**
 * Records how a token call ended, for as long as that takes; resolves when it is recorded.
 *
 * `onResult` is called as soon as the result is certain; while the ledger is out of reach, with what is known by then.
 */
export interface OutcomeRecorder {
  success(task: RefreshTask, fence: string, answer: RefreshSuccess, onResult: OnResult): Promise<void>;
  failure(
    task: RefreshTask,
    fence: string,
    failure: Exclude<Failure, { kind: "terminal" }>,
    onResult: OnResult,
  ): Promise<void>;
  /**
   * The grant is over, unless two looks into the ledger with a short wait between them find a success of somebody else,
   * who may just be about to record it.
   */
  end(task: RefreshTask, fence: string, onResult: OnResult): Promise<void>;
  /** The provider's answer was about somebody else: the session is over, whatever the ledger says, and what came is revoked. */
  endAtOnce(
    task: RefreshTask,
    answer: Extract<RefreshAnswer, { kind: "other_identity" }>,
    onResult: OnResult,
  ): Promise<void>;
  /** Gives a claim back unused. */
  unused(task: RefreshTask, fence: string): Promise<void>;
}

export function createOutcomeRecorder({
  access,
  crypto,
  ports,
  revoke,
  observer,
}: RefreshParts): OutcomeRecorder {
  async function reportDelay(task: RefreshTask, what: string): Promise<void> {
    const { logId: session } = await access.keysOf(task.session);
    observer({ kind: "record_delayed", session, what });
  }

  async function conclude(task: RefreshTask, next: Grant, published: PublishAnswer): Promise<RefreshResult> {
    if (published.kind === "published") return { kind: "advanced", grant: next, how: "led" };
    if (published.kind === "done") {
      // Somebody else's success stands. Ours is dropped and not revoked: at many providers both are one grant.
      const tip = await walkToTip(crypto, task.session.sid, task.tip, published.view);
      return toResult(task.tip, tip, "replayed");
    }
    // The same person signed in again: the provider's grant may be the new session's, too.
    const refreshToken = published.reason === "replaced" ? undefined : next.refreshToken;
    const { logId: session } = await access.keysOf(task.session);
    const revoked = refreshToken !== undefined && revoke !== undefined;
    observer({ kind: "late_success", session, revoked });
    await handBack(refreshToken, session);
    return { kind: "ended", reason: published.reason };
  }

  /** The session is over: nobody may have what came for it. */
  async function handBack(refreshToken: string | undefined, session: string): Promise<void> {
    if (refreshToken === undefined || revoke === undefined) return;
    try {
      await revoke(refreshToken);
    } catch {
      observer({ kind: "revoke_failed", session });
    }
  }

  async function findSuccess({ session, tip }: RefreshTask): Promise<RefreshResult | undefined> {
    const view = await access.ask(session, (ledger, at) => ledger.read(at, tip.generation));
    if (view.ended !== undefined) return { kind: "ended", reason: view.ended };
    if (view.successors[tip.generation] === undefined) return undefined;
    return toResult(tip, await walkToTip(crypto, session.sid, tip, view), "replayed");
  }

  return {
    async success(task, fence, answer, onResult) {
      const { session, tip } = task;
      const { generation } = tip;
      const next = succeed(tip, task.resource, answer);
      const published = await access.untilDone(
        async () => {
          const sealed = await sealSuccessor(crypto, session.sid, tip, next);
          return access.ask(session, (ledger, at) => ledger.publish(at, { generation, fence, sealed }));
        },
        async () => {
          await reportDelay(task, "success");
          onResult({ kind: "advanced", grant: next, how: "led", isUnrecorded: true });
        },
      );
      onResult(await conclude(task, next, published));
    },
    async failure(task, fence, failure, onResult) {
      const failed: RefreshResult = { kind: "failed", cause: "tried", retryInMs: failure.retryInMs };
      const { generation } = task.tip;
      const buried = await access.untilDone(
        () => access.ask(task.session, (ledger, at) => ledger.bury(at, { generation, fence, failure })),
        async () => {
          await reportDelay(task, "failure");
          onResult(failed);
        },
      );
      if (buried.kind === "ended") onResult({ kind: "ended", reason: buried.reason });
      else onResult(buried.kind === "lost" ? LOOK_AGAIN : failed);
    },
    async end(task, fence, onResult) {
      const { generation } = task.tip;
      const failure: Failure = { kind: "terminal" };
      const attempt = async (): Promise<RefreshResult> => {
        const found = await findSuccess(task);
        if (found !== undefined) return found;
        await pause(TERMINAL_REREAD_MS, ports);
        const foundLater = await findSuccess(task);
        if (foundLater !== undefined) return foundLater;
        const buried = await access.ask(task.session, (ledger, at) =>
          ledger.bury(at, { generation, fence, failure }),
        );
        return buried.kind === "ended" ? { kind: "ended", reason: buried.reason } : LOOK_AGAIN;
      };
      const onDelay = async (): Promise<void> => {
        await reportDelay(task, "terminal");
        onResult({ kind: "ledger_down" });
      };
      onResult(await access.untilDone(attempt, onDelay));
    },
    async endAtOnce(task, answer, onResult) {
      const { logId: session } = await access.keysOf(task.session);
      observer({ kind: "other_identity", session, reason: answer.reason });
      const handedBack = handBack(answer.refreshToken, session);
      const request = { generation: task.tip.generation, reason: "revoked" } as const;
      const ended = await access.untilDone(
        () => access.ask(task.session, (ledger, at) => ledger.end(at, request)),
        async () => {
          await reportDelay(task, "end");
          onResult({ kind: "ended", reason: "revoked" });
        },
      );
      onResult({ kind: "ended", reason: ended.reason });
      await handedBack;
    },
    async unused({ session, tip: { generation } }, fence) {
      await access.untilDone(() =>
        access.ask(session, (ledger, at) => ledger.release(at, { generation, fence })),
      );
    },
  };
}
