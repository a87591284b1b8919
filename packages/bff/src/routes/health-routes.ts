import type { Answer } from "../request/answer.ts";
import type { Route } from "../route.ts";

/** What `/readyz` says: why this process should get no traffic, and which key seals (a fingerprint). */
export interface Readiness {
  readonly isReady: boolean;
  readonly reasons: readonly ReadinessReason[];
  /** Why the provider can't be used as it is configured (`issuer_mismatch`, `tls_untrusted` ...); the log has the fix. */
  readonly providerProblem?: string;
  /** Fingerprint of the cookie key that seals. */
  readonly activeKey: string;
}

/** `provider_undiscovered` and `provider_down` are told, but keep nobody away: sessions with a token work. */
export type ReadinessReason =
  | "draining"
  | "ledger_down"
  | "provider_undiscovered"
  | "provider_unusable"
  | "provider_down";

const NO_STORE = [["cache-control", "no-store"]] as const;

/** `GET /healthz`: the process answers. */
export function createHealthRoute(): Route {
  return probe(() => Promise.resolve({ kind: "json", value: { status: "ok" }, headers: NO_STORE }));
}

/** `GET /readyz`: the process should get traffic (200), or should not (503), and why. */
export function createReadinessRoute(readiness: () => Promise<Readiness>): Route {
  return probe(async () => {
    const value = await readiness();
    return { kind: "json", status: value.isReady ? 200 : 503, value, headers: NO_STORE };
  });
}

function probe(handle: () => Promise<Answer>): Route {
  return { methods: ["GET", "HEAD"], guard: "open", acceptsAnyHost: true, handle };
}
