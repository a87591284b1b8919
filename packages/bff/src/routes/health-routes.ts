import { BFF_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";

/** What `/readyz` says: why this process should get no traffic, and which key seals (a fingerprint). */
export interface Readiness {
  readonly isReady: boolean;
  readonly reasons: readonly ReadinessReason[];
  /** Why the provider can't be used as it is configured (`issuer_mismatch`, `tls_untrusted` ...); the log has the fix. */
  readonly providerProblem?: string;
  /** Where there are several, each by its name. */
  readonly providers?: Readonly<Record<string, ProviderReadiness>>;
  /** Fingerprint of the cookie key that seals. */
  readonly activeKey: string;
}

/** How one of several providers is. */
export interface ProviderReadiness {
  readonly reasons: readonly Extract<ReadinessReason, `provider_${string}`>[];
  /** Why it can't be used as it is configured. */
  readonly problem?: string;
}

/**
 * `provider_undiscovered` and `provider_down` are reported, but keep nobody away: sessions with a token work. Of several
 * providers, so is `provider_unusable` unless none can be used.
 */
export type ReadinessReason =
  | "draining"
  | "ledger_down"
  | "provider_undiscovered"
  | "provider_unusable"
  | "provider_down";

const METHODS = ["GET", "HEAD"];

/** `GET /healthz`: the process answers. `GET /readyz`: it should get traffic (200), or should not (503), and why. */
export function addHealthRoutes(app: Hono<RouteEnv>, readiness: () => Promise<Readiness>): void {
  app.on(METHODS, BFF_PATHS.healthz, (c) => c.json({ status: "ok" }));
  app.on(METHODS, BFF_PATHS.readyz, async (c) => {
    const value = await readiness();
    return c.json(value, value.isReady ? 200 : 503);
  });
}
