import type { Move } from "./moves.ts";
import { spendFault, withRequest } from "./change-state.ts";
import { CALL_MS, INSTANCE_OF, NOW, type ModelCall, type ModelRequest, type State } from "./state.ts";

/** What becomes of a token call on its way, at the provider, and on its way back. */
export function movesOfCall(state: State, index: number, call: ModelCall): readonly Move[] {
  const { generation, request: of } = call;
  const name = (what: string): string => `the token call of request ${of} ${what}`;
  const without = state.calls.filter((_, at) => at !== index);
  const become = (next: Partial<ModelCall>, base = state): State => ({
    ...base,
    calls: base.calls.map((each, at) => (at === index ? { ...each, ...next } : each)),
  });
  const moves: Move[] = [];
  if (call.outcome === undefined) {
    moves.push({ name: name("reaches the provider"), make: () => processed(state, index, "success") });
    if (state.faultsLeft > 0) {
      const base = spendFault(state);
      moves.push(
        {
          name: name("is refused for now"),
          isFault: true,
          make: () => become({ outcome: "unsent" }, base),
        },
        { name: name("is lost"), isFault: true, make: () => become({ outcome: "none" }, base) },
        {
          name: name("reaches the provider, and its answer is lost"),
          isFault: true,
          make: () => processed(base, index, "none"),
        },
      );
    }
  } else if (call.isGivenUp) {
    // Only a success is worth anything now, and only to a process that lives.
    const isGone = state.requests[of]?.result === "gone";
    const late = { generation, fence: call.fence, instance: INSTANCE_OF[of] ?? 0 };
    const isKept = call.outcome === "success" && !isGone;
    moves.push({
      name: name("is answered too late"),
      make: () => ({ ...state, calls: without, ...(isKept ? { late: [...state.late, late] } : {}) }),
    });
  } else if (call.outcome !== "none") {
    const next: Partial<ModelRequest> =
      call.outcome === "success"
        ? { at: "publishing" }
        : call.outcome === "terminal"
          ? { at: "looking" }
          : { at: "burying", failure: "unsent" };
    moves.push({
      name: name(`is answered: ${call.outcome}`),
      make: () => withRequest({ ...state, calls: without }, of, next),
    });
  }
  // An answer that is only slow is one thing more that goes wrong.
  const isLost = call.outcome === "none";
  if (!call.isGivenUp && call.sentAt + CALL_MS <= NOW && (isLost || state.faultsLeft > 0)) {
    const base = isLost ? state : { ...spendFault(state), wasSlow: true };
    const given = become({ isGivenUp: true, sentAt: NOW, leaseUntil: NOW }, base);
    moves.push({
      name: name("takes too long"),
      ...(isLost ? {} : { isFault: true }),
      make: () => withRequest(given, of, { at: "burying", failure: "ambiguous" }),
    });
  }
  return moves;
}

/** Rotation with strict reuse detection: a spent refresh token ends the grant. */
function processed(state: State, index: number, heard: "success" | "none"): State {
  const { live, revoked: isRevoked } = state.provider;
  const call = state.calls[index];
  const isGood = call?.generation === live && !isRevoked;
  const provider = isGood ? { live: live + 1, revoked: false } : { live, revoked: true };
  const outcome = heard === "none" ? "none" : isGood ? "success" : "terminal";
  return {
    ...state,
    provider,
    calls: state.calls.map((each, at) => (at === index ? { ...each, outcome } : each)),
  };
}
