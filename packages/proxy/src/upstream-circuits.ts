import type { ConnectSocket, SocketOutcome } from "./connect-socket.ts";
import type { ForwardOutcome } from "./forward.ts";
import type { Target } from "./target.ts";
import {
  type Circuit,
  type CircuitChange,
  type CircuitPass,
  type CircuitRefusal,
  createCircuit,
  type UpstreamVerdict,
} from "./upstream-circuit.ts";

/** A circuit for each origin: routes that lead to one share it, and no origin's touches another's. */
export interface UpstreamCircuits {
  admit(target: Target): CircuitPass | CircuitRefusal;
  isOpen(origin: string): boolean;
}

/** What is told when a circuit opens or closes. */
export type UpstreamCircuitChange = CircuitChange & { readonly origin: string };

/** Of a target that has none. */
const ALWAYS: CircuitPass = { kind: "admitted", settle: () => undefined, isValid: () => true };

/** A gateway says so of who stands behind it. Not 503: whoever says that is there, says when to come again, and keeps nobody waiting. */
const GATEWAY_FAILURES: ReadonlySet<number> = new Set([502, 504]);

export function createUpstreamCircuits(
  monotonicMs: () => number,
  onChange: (change: UpstreamCircuitChange) => void,
): UpstreamCircuits {
  // As many as there are upstreams in the configuration.
  const circuits = new Map<string, Circuit>();

  return {
    admit({ origin, circuit: limits, connectTimeoutMs, headersTimeoutMs }) {
      if (limits === undefined || limits.failures === "none") return ALWAYS;
      const { failures } = limits;
      let circuit = circuits.get(origin);
      if (circuit === undefined) {
        circuit = createCircuit({ ...limits, failures }, monotonicMs, (change) =>
          onChange({ ...change, origin }),
        );
        circuits.set(origin, circuit);
      }
      return circuit.admit(connectTimeoutMs + headersTimeoutMs);
    },
    isOpen: (origin) => circuits.get(origin)?.isOpen() === true,
  };
}

/** Settles what a call or a handshake that has come back says of its upstream. */
export function settleBy(
  pass: CircuitPass,
  answer:
    | { readonly kind: "answered"; readonly status: number }
    | Extract<ForwardOutcome, { kind: "failed" }>
    | undefined,
): void {
  if (answer === undefined) return pass.settle("unknown");
  if (answer.kind === "failed")
    return pass.settle(answer.saysNothing === true ? "unknown" : "failed", answer.reason);
  const verdict: UpstreamVerdict = GATEWAY_FAILURES.has(answer.status) ? "failed" : "reached";
  pass.settle(verdict, String(answer.status));
}

/** What a call gets in place of an answer of an upstream that can't be reached. */
export function refusedBy({ retryAfterMs }: CircuitRefusal): Extract<ForwardOutcome, { kind: "overloaded" }> {
  return { kind: "overloaded", limit: "circuit", retryAfterMs };
}

/** Has handshakes of WebSockets ask the circuits that calls ask. */
export function withCircuits(connect: ConnectSocket, circuits: UpstreamCircuits): ConnectSocket {
  return async (request, target, credential, caller) => {
    const pass = circuits.admit(target);
    if (pass.kind === "refused") return refusedBy(pass);
    let outcome: SocketOutcome | undefined;
    try {
      outcome = await connect(request, target, credential, caller);
      return outcome;
    } finally {
      if (outcome?.kind === "answered") settleBy(pass, { kind: "answered", status: outcome.response.status });
      else settleBy(pass, outcome?.kind === "failed" ? outcome : undefined);
    }
  };
}
