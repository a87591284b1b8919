import type { IssuedSecret } from "../issued-secrets.ts";
import type { DevIdpUser } from "../options/demo-users.ts";
import type { DevIdpUserInput } from "../options/dev-idp-options.ts";
import type { BackchannelLogoutInput, DevIdpSetup, SentLogout } from "./control-contract.ts";
import type { DevIdpCounters } from "./counters.ts";
import { DevIdpError } from "../dev-idp-error.ts";
import type { StandingFault } from "./fault-board.ts";
import type { FaultInput } from "./fault.ts";

/** Speaks to the control API of a running development identity provider. */
export interface DevIdpControl {
  counters(user?: string): Promise<DevIdpCounters>;
  /** People, resources and clients that the server knows. */
  setup(): Promise<DevIdpSetup>;
  /** Adds a person while the server runs, or replaces the one with the same `sub`. */
  putUser(user: DevIdpUserInput): Promise<DevIdpUser>;
  /** Every token, code and verifier so far. */
  issuedSecrets(): Promise<readonly IssuedSecret[]>;
  addFault(fault: FaultInput): Promise<StandingFault>;
  faults(): Promise<readonly StandingFault[]>;
  /** Clears one fault, or all; held requests go on. */
  clearFaults(id?: number): Promise<void>;
  /** Clears the faults of one person and of nobody else. */
  clearFaultsOf(user: string): Promise<void>;
  /** Waits until requests are held by a `hold` fault. `false`: not within `withinMs` (default 10,000). */
  waitUntilHeld(options?: { id?: number; atLeast?: number; withinMs?: number }): Promise<boolean>;
  /** Lets held requests go on and takes the `hold` faults away. @returns how many were waiting */
  release(id?: number): Promise<number>;
  /** Lifetime of access tokens issued from now on; `null` goes back to the default. @returns what was set before */
  setAccessTokenLifetime(seconds: number | null, user?: string): Promise<number | null>;
  /** Secrets that a client may show from now on: the old and the new one while it is rotated. `null`: the registered one. */
  setClientSecrets(clientId: string, secrets: readonly string[] | null): Promise<void>;
  /** @returns how many grants were revoked */
  revokeGrants(user: string): Promise<number>;
  /** Ends the person's sessions at the provider; refresh tokens bound to them die. @returns how many ended */
  endSession(user: string): Promise<number>;
  sendBackchannelLogout(request: BackchannelLogoutInput): Promise<readonly SentLogout[]>;
  /** Clears faults, lifetimes, clients' other secrets and counters; grants and sessions stay. */
  reset(): Promise<void>;
}

/**
 * @param baseUrl the provider's issuer
 * @param fetchControl default: the global `fetch`
 * @throws {DevIdpError} each method: `control_refused`, with the server's reason
 */
export function createDevIdpControl(baseUrl: string, fetchControl: typeof fetch = fetch): DevIdpControl {
  async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetchControl(new URL(`/control${path}`, baseUrl), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new DevIdpError("control_refused", `${method} ${path}: ${response.status} ${text}`);
    }
    return JSON.parse(text) as Answer;
  }

  const idOf = (id: number | undefined) => (id === undefined ? {} : { id });

  return {
    counters: (user) =>
      call("GET", user === undefined ? "/counters" : `/counters?user=${encodeURIComponent(user)}`),
    setup: () => call("GET", "/setup"),
    putUser: (user) => call("PUT", "/users", user),
    issuedSecrets: async () => (await call<{ secrets: IssuedSecret[] }>("GET", "/issued-secrets")).secrets,
    async clearFaultsOf(user) {
      await call("DELETE", `/faults?user=${encodeURIComponent(user)}`);
    },
    addFault: (fault) => call("POST", "/faults", fault),
    faults: async () => (await call<{ faults: StandingFault[] }>("GET", "/faults")).faults,
    async clearFaults(id) {
      await call("DELETE", id === undefined ? "/faults" : `/faults/${id}`);
    },
    waitUntilHeld: async (options = {}) => (await call<{ isHeld: boolean }>("POST", "/held", options)).isHeld,
    release: async (id) => (await call<{ released: number }>("POST", "/release", idOf(id))).released,
    async setAccessTokenLifetime(seconds, user) {
      const change = user === undefined ? { seconds } : { seconds, user };
      return (await call<{ before: number | null }>("PUT", "/access-token-lifetime", change)).before;
    },
    async setClientSecrets(clientId, secrets) {
      await call("PUT", "/client-secrets", { clientId, secrets });
    },
    revokeGrants: async (user) =>
      (await call<{ revoked: number }>("POST", "/revoke-grants", { user })).revoked,
    endSession: async (user) => (await call<{ ended: number }>("POST", "/end-session", { user })).ended,
    sendBackchannelLogout: async (request) =>
      (await call<{ sent: SentLogout[] }>("POST", "/backchannel-logout", request)).sent,
    async reset() {
      await call("POST", "/reset", {});
    },
  };
}
