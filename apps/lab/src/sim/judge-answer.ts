import type { Facts, RequestFacts } from "./facts.ts";
import * as rules from "./invariants.ts";
import type { SimCrypto } from "./sim-crypto.ts";
import type { SimProcess } from "./sim-process.ts";
import type { CookieValue } from "./witness.ts";

/** One answer as it leaves a process. */
export interface AnswerSeen {
  readonly status: number;
  readonly problem: string | undefined;
  /** Of `no_session`, or of an anonymous session view. */
  readonly reason: string | undefined;
  readonly state: string | undefined;
  readonly carried: readonly CookieValue[];
  readonly removed: readonly string[];
}

export interface JudgeParts {
  readonly facts: Facts;
  readonly crypto: SimCrypto;
  readonly now: () => number;
  touchedAt(sid: string): number | undefined;
  readonly accuse: (what: string | undefined) => void;
}

/** Was somebody told that a session is over which isn't? */
export function judgeAnswer(
  parts: JudgeParts,
  request: RequestFacts,
  process: SimProcess,
  answer: AnswerSeen,
): void {
  const { facts, accuse, now } = parts;
  const saysSo =
    answer.problem === "no_session" || (answer.state === "anonymous" && request.route !== "logout");
  const idleMs = facts.settings.idleSeconds * 1_000;
  const isOver = (shown: RequestFacts["shown"][number]): boolean =>
    rules.mayBeOver(facts, shown.session, now()) ||
    rules.isIdle(shown, parts.touchedAt(shown.session.sid), idleMs, process.ports.nowMs());
  const healthy = request.shown.find((shown) => !isOver(shown));
  if (saysSo && healthy !== undefined) accuse(`a healthy session was refused: ${answer.reason}`);
  if (answer.problem === "stale_cookie") {
    const [newest] = request.shown;
    if (newest === undefined) accuse("a request without a session was called stale");
    else if (!rules.mayBeOver(facts, newest.session, now())) {
      accuse(rules.whyNotStale(facts, newest.session, newest.generation, now()));
    }
  }
  if (answer.problem === "user_changed") {
    const isSomebodyElse = request.shown.some(({ session }) => session.person !== request.pageOf);
    if (!isSomebodyElse) accuse("a page was told that somebody else is signed in");
  }
  for (const name of answer.removed) {
    const removed = request.shown.find(({ session }) => parts.crypto.nameOfSession(session.sid) === name);
    // Whether a stale cookie's session is ended, too, is a matter of configuration; that it was stale is judged above.
    const isStaleEnd = answer.problem === "stale_cookie" && facts.settings.onStaleCookie === "end";
    if (removed !== undefined && !isStaleEnd && !isOver(removed))
      accuse("the cookie of a healthy session was removed");
  }
}
