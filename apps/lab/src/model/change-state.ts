import type { ModelRequest, RequestResult, State } from "./state.ts";
import { NOW } from "./state.ts";

export function over(request: ModelRequest, result: RequestResult): ModelRequest {
  return { ...request, at: "over", arrivedAt: NOW, leaseUntil: NOW, failure: undefined, result };
}

export function spendFault(state: State): State {
  return { ...state, faultsLeft: state.faultsLeft - 1 };
}

export function withRequest(state: State, index: number, next: Partial<ModelRequest>): State {
  return {
    ...state,
    requests: state.requests.map((request, at) => (at === index ? { ...request, ...next } : request)),
  };
}
