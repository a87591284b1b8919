import type {
  LoginOutcome,
  LoginTransaction,
  Provider,
  RefreshGrantRequest,
  RefreshOutcome,
  RevokeOutcome,
  UserinfoOutcome,
  ValidateOutcome,
} from "@coatcheck/oauth";
import type { PlannedFaults } from "./planned-faults.ts";
import type { Random } from "./random.ts";
import type { SimProcess } from "./sim-process.ts";
import { ISSUER, type SimProvider } from "./sim-provider.ts";
import type { Step, TokenFault } from "./steps.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Witness } from "./witness.ts";
import type { WorldSettings } from "./world-settings.ts";

export type ProviderOutage = Extract<Step, { do: "provider-down" }>["how"];

export interface ProviderClientParts {
  readonly process: SimProcess;
  readonly provider: SimProvider;
  readonly settings: WorldSettings;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: PlannedFaults;
  readonly witness: Witness;
  /** Logout tokens that are on their way. */
  readonly logoutTokens: ReadonlyMap<
    string,
    { readonly sub?: string; readonly sid?: string; readonly iat: number }
  >;
  outage(): ProviderOutage | undefined;
}

const FAULT_OF_OUTAGE = {
  refusing: "refused-connection",
  busy: "busy",
  failing: "error-before",
  silent: "never",
  "refusing-everyone": "odd-refusal",
  "refusing-us": "client-refusal",
} as const satisfies Record<ProviderOutage, TokenFault>;

/** The provider as one process reaches it: the port of `@coatcheck/oauth`, with everything that can happen on the way. */
export function createProviderClient(parts: ProviderClientParts): Provider {
  const { process, provider, settings, time, random, faults, witness } = parts;

  const transitMs = (): number => random.integer(1, 2 * settings.latencyMs + 1);
  const after = (ms: number, run: () => void): void => void time.schedule(time.now() + ms, run);
  const answer = (run: () => void, ms = transitMs()): void => after(ms, () => process.deliver(run));

  /** A call that either arrives or finds nobody. */
  function ask<T>(whenUp: () => T, whenDown: T): Promise<T> {
    return new Promise((resolve) => {
      after(transitMs(), () => {
        const outage = parts.outage();
        const isUp = outage === undefined || outage === "refusing-everyone" || outage === "refusing-us";
        const value = isUp ? whenUp() : whenDown;
        answer(() => resolve(value), outage === "silent" ? 5_000 : transitMs());
      });
    });
  }

  function refreshGrant(request: RefreshGrantRequest): Promise<RefreshOutcome> {
    return new Promise((resolve) => {
      const begunAt = time.now();
      const outage = parts.outage();
      const fault = outage === undefined ? faults.takeTokenFault() : FAULT_OF_OUTAGE[outage];
      faults.reach("token-connecting", process);
      answer(
        () => {
          if (fault === "refused-connection")
            return resolve({ kind: "unsent", reason: "connection_refused" });
          if (request.maySend?.() === false) return resolve({ kind: "unsent", reason: "not_sent" });
          const call = witness.tokenCallSent(process, request, begunAt);
          after(transitMs(), () => arrive(call, request, fault, resolve));
          faults.reach("token-sent", process);
        },
        random.integer(1, 60),
      );
    });
  }

  function arrive(
    call: number,
    request: RefreshGrantRequest,
    fault: TokenFault | undefined,
    resolve: (outcome: RefreshOutcome) => void,
  ): void {
    const workMs = random.integer(1, settings.tokenCallMs) + slownessMs(fault);
    const respond = (outcome: RefreshOutcome): void => {
      after(workMs, () => {
        faults.reach("token-answered", process);
        process.deliver(() => {
          witness.tokenCallAnswered(call, outcome);
          resolve(outcome);
        });
      });
    };
    switch (fault) {
      case "busy": {
        const wish = random.chance(0.5) ? { retryAfterSeconds: random.integer(1, 4) } : {};
        return respond({ kind: "unsent", reason: "status", status: random.pick([429, 503]), ...wish });
      }
      case "reset-before":
        return respond({ kind: "ambiguous", reason: "reset" });
      case "error-before":
        return respond({ kind: "ambiguous", reason: "status", status: 500 });
      case "odd-refusal":
        return respond({ kind: "refused", reason: "unknown_error", status: random.pick([400, 403, 404]) });
      case "client-refusal":
        return respond({ kind: "client", reason: "invalid_client", status: 401 });
      case "never":
        return undefined;
      default:
        return respond(work(call, request, fault));
    }
  }

  /** The provider does its work; what becomes of the answer is another matter. */
  function work(call: number, request: RefreshGrantRequest, fault: TokenFault | undefined): RefreshOutcome {
    const sentAt = witness.sentAt(call);
    const minted = provider.refresh(request.refreshToken, request.resource);
    witness.tokenCallProcessed(call, minted !== undefined);
    if (minted === undefined) {
      const status = fault === "wrapped-refusal" ? 500 : 400;
      return { kind: "terminal", reason: "invalid_grant", status };
    }
    if (fault === "reset-after") return { kind: "ambiguous", reason: "reset" };
    if (fault === "error-after") return { kind: "ambiguous", reason: "status", status: 502 };
    if (fault === "unreadable")
      return { kind: "unreadable", reason: "token_response_malformed", status: 200 };
    const { accessToken, refreshToken } = minted;
    if (fault === "other-identity") {
      witness.answeredAboutAnother(request.refreshToken);
      const reason = "sub_mismatch";
      return { kind: "other_identity", reason, refreshToken: refreshToken ?? request.refreshToken };
    }
    return {
      kind: "success",
      tokens: {
        accessToken: accessToken.text,
        ...(refreshToken === undefined ? {} : { refreshToken }),
        issuedAt: sentAt,
        expiresAt: sentAt + settings.accessTokenSeconds * 1_000,
        scope: "openid",
      },
    };
  }

  function slownessMs(fault: TokenFault | undefined): number {
    if (fault === "slow") return random.integer(1_000, 25_000);
    if (fault === "longer-than-request") return random.integer(10_500, settings.tokenTimeoutMs - 2_000);
    const { tokenTimeoutMs } = settings;
    return fault === "too-slow" ? random.integer(tokenTimeoutMs - 1_000, tokenTimeoutMs + 40_000) : 0;
  }

  return {
    issuer: ISSUER,
    clientId: "client",
    refreshBehaviour: {
      reuseGraceSeconds: settings.graceSeconds,
      refreshRevokesAccessToken: settings.refreshRevokesAll,
      missingRefreshTokenAdvice: "",
    },
    revokesAccessTokens: false,
    discover: async () => undefined,
    setupProblem: () => undefined,
    isDiscovered: () => true,
    async beginLogin() {
      // The metadata is known for long: nobody is asked.
      const state = Buffer.from(random.bytes(12)).toString("base64url");
      const transaction: LoginTransaction = {
        state,
        nonce: "n",
        codeVerifier: "v",
        iss: ISSUER,
        clientId: "client",
        redirectUri: "r",
        scope: "openid",
        resources: [],
      };
      return { url: `${ISSUER}/authorize?state=${state}`, transaction };
    },
    finishLogin: (rawQuery) =>
      ask<LoginOutcome>(
        () => {
          const minted = provider.redeem(new URLSearchParams(rawQuery).get("code") ?? "");
          if (minted === undefined) return { kind: "refused", reason: "code_refused" } as const;
          const { accessToken, refreshToken, idTokenIat } = minted;
          const { chain } = accessToken;
          const sentAt = process.ports.nowMs();
          return {
            kind: "signed_in",
            tokens: {
              accessToken: accessToken.text,
              ...(refreshToken === undefined ? {} : { refreshToken }),
              issuedAt: sentAt,
              expiresAt: sentAt + settings.accessTokenSeconds * 1_000,
              scope: "openid",
            },
            claims: {
              iss: ISSUER,
              sub: chain.grant.person,
              iat: idTokenIat,
              sid: chain.grant.idpSid,
              name: chain.grant.person,
            },
          } as const;
        },
        { kind: "unavailable", reason: "connection_refused" },
      ),
    refreshGrant,
    // No route of the simulation is the application's own.
    exchangeToken: () => Promise.resolve({ kind: "unsent", reason: "request_not_possible" }),
    clientGrant: () => Promise.resolve({ kind: "unsent", reason: "request_not_possible" }),
    userinfo({ accessToken, sub }) {
      witness.tokenUsed({ process, text: accessToken, resource: "", person: sub });
      const refused = { kind: "token_refused" } as const;
      return ask<UserinfoOutcome>(
        () => (witness.isAlive(accessToken) ? ({ kind: "profile", profile: { sub } } as const) : refused),
        { kind: "unavailable", reason: "connection_refused" },
      );
    },
    validate({ accessToken, resource }) {
      witness.tokenUsed({ process, text: accessToken, resource });
      return ask<ValidateOutcome>(
        () => {
          const active = witness.isAlive(accessToken);
          return {
            kind: "facts",
            facts: { active, method: "introspection", scopes: [], audience: [] },
          } as const;
        },
        { kind: "unavailable", reason: "connection_refused" },
      );
    },
    async revoke(refreshToken) {
      const outcome = await ask<RevokeOutcome>(
        () => {
          witness.revocationAsked(refreshToken);
          provider.revoke(refreshToken);
          return { kind: "revoked" };
        },
        { kind: "unavailable", reason: "connection_refused" },
      );
      if (outcome.kind === "unavailable") witness.revocationFailed(refreshToken);
      return outcome;
    },
    endSessionUrl: async () => `${ISSUER}/end`,
    async verifyLogoutToken(token) {
      const known = parts.logoutTokens.get(token);
      if (known === undefined) return { kind: "refused", reason: "malformed" };
      return {
        kind: "verified",
        claims: { iss: ISSUER, ...known, jti: token, usableUntil: known.iat + 300 },
      };
    },
  };
}
