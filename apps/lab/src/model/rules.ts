import { DEAD_MS, NOW, SETTLE_MS, STALE_MS, type State, type ModelCall } from "./state.ts";

/** What must hold, whatever happens in which order. Each rule answers with what is wrong, or `undefined`. */

/** A refresh token is sent by one request at a time, never again once its success is recorded, and not while it may be spent. */
export function maySend(state: State, call: ModelCall, isWindow: boolean): string | undefined {
  // Whoever took over from a call that was given up, or from a process that stands still, can't be held back any more.
  if (state.recorded.includes(call.generation) && !state.wasSlow)
    return "a refresh token was sent after its success was recorded";
  const others = state.calls.filter(({ generation }) => generation === call.generation);
  const isUnderWay = others.some((other) => !other.isGivenUp && !isLeaseDead(other));
  if (isUnderWay) return "a refresh token was sent a second time while the first call was under way";
  const isHeldByAnother = state.requests.some(
    ({ at, tip, leaseUntil }, index) =>
      index !== call.request && at === "publishing" && tip === call.generation && leaseUntil > NOW - DEAD_MS,
  );
  if (isHeldByAnother) return "a refresh token was sent again while a success was about to be recorded";
  // What was given up may have been spent: it is tried again only where the access token has expired.
  if (isWindow && others.length > 0) return "a token that may be spent was sent ahead of need";
  return undefined;
}

function isLeaseDead({ leaseUntil }: ModelCall): boolean {
  return leaseUntil <= NOW - DEAD_MS;
}

/** A cookie is beyond help only when a later one has been in use for long. */
export function mayBeStale({ shownAt, handedAt }: State, shown: number): string | undefined {
  const isInUse = (shownAt[shown + 1] ?? NOW) <= NOW - STALE_MS;
  const isOut = (handedAt[shown + 1] ?? NOW) <= NOW - STALE_MS - SETTLE_MS;
  return !isInUse || !isOut
    ? `a cookie of generation ${shown} is stale, and no later one has been in use for long`
    : undefined;
}

/** From one state to the next. */
export function mayFollow(before: State, after: State): string | undefined {
  const [was, is] = [before.record, after.record];
  if (was?.ended !== undefined && is?.ended !== was.ended) return "an ended session came back";
  if ((is?.highestSpent ?? -1) < (was?.highestSpent ?? -1)) return "a spent generation was forgotten";
  if (was?.ended === undefined && is?.ended === "grant_ended" && !after.provider.revoked)
    return "a session was ended, and the provider hasn't ended its grant";
  for (const generation of after.recorded) {
    const entry = is?.entries[generation];
    const isThere = entry?.state === "done" && after.sealed[generation] !== undefined;
    const mayBeGone = entry === undefined && mayBeStale(after, generation) === undefined;
    if (is?.ended === undefined && !isThere && !mayBeGone)
      return `what came of generation ${generation} was recorded, and is gone`;
  }
  return undefined;
}

/** When everybody has been answered. */
export function mayEnd(state: State, faults: number): string | undefined {
  const isCalm = state.faultsLeft === faults && !state.wasSlow;
  for (const { result } of state.requests) {
    if (result === "ended" && !state.provider.revoked) return "a request was told that its session is over";
    if (isCalm && result !== "fresh" && result !== "stale")
      return `nothing went wrong, and a request was answered: ${result}`;
  }
  if (isCalm && state.provider.revoked) return "nothing went wrong, and the grant was revoked";
  return undefined;
}
