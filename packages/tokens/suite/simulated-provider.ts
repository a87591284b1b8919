import type { Grant } from "../src/grant.ts";
import type { RefreshAnswer, RefreshCall, RefreshRequest } from "../src/refresh-call.ts";
import type { ManualClock } from "./manual-clock.ts";

/** What happens to one token call. `before`: the provider never saw it; `after`: it did its work, and the answer was lost. */
export type ProviderFault =
  | RefreshAnswer
  | { readonly kind: "reset_before" }
  | { readonly kind: "reset_after" };

export interface SimulatedProvider {
  readonly refresh: RefreshCall;
  /** Signs in: the first grant, generation 0, with tokens for these resources. */
  signIn(resources?: readonly string[]): Grant;
  /** The next calls end like this. */
  failNext(...faults: readonly ProviderFault[]): void;
  /** Every call that was really sent, in order. */
  readonly requests: RefreshRequest[];
  reuseDetected: number;
  delayMs: number;
  lifetimeMs: number;
  rotation: "strict" | "none" | "absent";
  /** Does this access token work at an API for this resource? */
  accepts(accessToken: string, resource: string): boolean;
  /** How many sign-ins the provider has ended. */
  revokedCount(): number;
}

/** A provider with rotation and strict reuse detection: a spent refresh token, shown again, ends the whole grant. */
export function createSimulatedProvider(clock: ManualClock): SimulatedProvider {
  const families = new Map<string, { current: string; isRevoked: boolean }>();
  const issued = new Map<string, { readonly resource: string; readonly expiresAt: number }>();
  const faults: ProviderFault[] = [];
  let count = 0;

  function mint(resource: string) {
    count += 1;
    const issuedAt = clock.nowMs();
    const token = `at-${count}`;
    const expiresAt = issuedAt + provider.lifetimeMs;
    issued.set(token, { resource, expiresAt });
    return { token, issuedAt, expiresAt, scope: "openid" };
  }

  function process(request: RefreshRequest): RefreshAnswer {
    const family = families.get(request.refreshToken);
    if (family !== undefined && family.current !== request.refreshToken) {
      provider.reuseDetected += 1;
      family.isRevoked = true;
    }
    if (family === undefined || family.isRevoked) {
      return { kind: "terminal", reason: "invalid_grant", status: 400 };
    }
    const accessToken = mint(request.resource);
    if (provider.rotation === "none") return { kind: "success", accessToken, refreshToken: family.current };
    if (provider.rotation === "absent") return { kind: "success", accessToken };
    family.current = `rt-${count}`;
    families.set(family.current, family);
    return { kind: "success", accessToken, refreshToken: family.current };
  }

  const provider: SimulatedProvider = {
    requests: [],
    reuseDetected: 0,
    delayMs: 300,
    lifetimeMs: 300_000,
    rotation: "strict",
    failNext: (...next) => void faults.push(...next),
    signIn(resources = [""]) {
      const current = `rt-0-${count}`;
      families.set(current, { current, isRevoked: false });
      return {
        refreshToken: current,
        generation: 0,
        accessTokens: Object.fromEntries(resources.map((resource) => [resource, mint(resource)])),
      };
    },
    refresh(request) {
      return new Promise((resolve) => {
        clock.setTimeout(() => {
          if (!request.maySend()) return resolve({ kind: "unsent", reason: "lease too short" });
          provider.requests.push(request);
          const fault = faults.shift();
          if (fault === undefined) {
            const answer = process(request);
            clock.setTimeout(() => resolve(answer), provider.delayMs);
          } else if (fault.kind === "reset_before" || fault.kind === "reset_after") {
            if (fault.kind === "reset_after") process(request);
            clock.setTimeout(() => resolve({ kind: "ambiguous", reason: "reset" }), provider.delayMs);
          } else {
            clock.setTimeout(() => resolve(fault), provider.delayMs);
          }
        }, 1);
      });
    },
    accepts(accessToken, resource) {
      const known = issued.get(accessToken);
      return known !== undefined && known.resource === resource && known.expiresAt > clock.nowMs();
    },
    revokedCount: () => new Set([...families.values()].filter(({ isRevoked }) => isRevoked)).size,
  };
  return provider;
}
