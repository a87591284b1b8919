import type { EndReason, Ledger, RecordView } from "@coatcheck/tokens";
import { count, type Coverage } from "./coverage.ts";

export interface LedgerListener {
  /** An answer said so; `now`: by this very step. */
  ended(key: string, reason: EndReason): void;
  ending(key: string, generation: number, reason: EndReason): void;
  published(key: string, generation: number, sealed: string): void;
  entombed(tombstone: string, iat: number): void;
}

/** A ledger whose steps are counted, and told to the witness at the instant at which they are made. */
export function observeLedger(core: Ledger, coverage: Coverage, listener: LedgerListener): Ledger {
  const seen = (what: string): void => count(coverage, what);

  function sawView(key: string, view: RecordView): void {
    if (view.ended !== undefined) listener.ended(key, view.ended);
  }

  return {
    ...core,
    outlivesProcess: core.outlivesProcess,
    async claim(at, request) {
      const answer = await core.claim(at, request);
      if (answer.kind === "led") {
        seen("claim led");
        if (answer.history.tries > 0) seen("claim led after failures");
        if (request.takeOver !== undefined) seen("claim led by take-over");
      } else if (answer.kind === "dead") {
        seen(`claim dead ${answer.failure}`);
        if (answer.held) seen("claim dead, held");
      } else {
        seen(
          answer.kind === "pending" && answer.leaseLeftMs <= 0
            ? "claim pending, expired"
            : `claim ${answer.kind}`,
        );
      }
      if (answer.kind === "ended") listener.ended(at.key, answer.reason);
      return answer;
    },
    async wait(at, request) {
      seen("wait");
      return core.wait(at, request);
    },
    async renew(at, request) {
      const isHeld = await core.renew(at, request);
      seen(isHeld ? "renew held" : "renew lost");
      return isHeld;
    },
    async publish(at, request) {
      const before = await core.read(at, request.generation);
      const answer = await core.publish(at, request);
      const isRepeated = answer.kind === "published" && before.successors[request.generation] !== undefined;
      seen(isRepeated ? "publish repeated" : `publish ${answer.kind}`);
      if (answer.kind === "ended") listener.ended(at.key, answer.reason);
      if (answer.kind === "published") listener.published(at.key, request.generation, request.sealed);
      return answer;
    },
    async release(at, request) {
      seen("release");
      return core.release(at, request);
    },
    async bury(at, request) {
      const before = await core.read(at, request.generation);
      const answer = await core.bury(at, request);
      if (answer.kind === "lost") seen("bury lost");
      else seen(before.ended === undefined ? `bury ${request.failure.kind}` : "bury ended before");
      if (answer.kind === "ended") listener.ended(at.key, answer.reason);
      return answer;
    },
    async acknowledge(at, request) {
      const answer = await core.acknowledge(at, request);
      if (answer.ended !== undefined) seen("acknowledge ended");
      else seen(answer.isSettled ? "acknowledge settled" : "acknowledge unsettled");
      if (request.touchedAt !== undefined) seen("acknowledge touch");
      sawView(at.key, answer);
      return answer;
    },
    async read(at, generation) {
      const view = await core.read(at, generation);
      seen(view.ended === undefined ? "read live" : "read ended");
      sawView(at.key, view);
      return view;
    },
    async end(at, request) {
      listener.ending(at.key, request.generation, request.reason);
      const answer = await core.end(at, request);
      seen(answer.wasEnded ? "end again" : `end ${answer.reason}`);
      listener.ended(at.key, answer.reason);
      return answer;
    },
    async entomb(request) {
      seen("entomb");
      listener.entombed(request.key, request.iat);
      return core.entomb(request);
    },
  };
}
