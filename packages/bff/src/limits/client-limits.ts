import { BFF_PATHS } from "@coatcheck/contract";
import type { Log } from "../observe/log.ts";
import { withoutProviderName } from "../providers/provider-path.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { clientKey } from "./client-key.ts";
import { ALLOWED } from "./rate-limit.ts";
import type { RateLimit, RateRule, RateVerdict } from "./rate-limit.ts";

/**
 * What one client may do. An office behind one address signs in together in the morning, and one provider sends the logout
 * tokens of everybody: the rules are far above both, and far below what a flood brings.
 */
const RULES: ReadonlyMap<string, RateRule> = new Map(
  [
    { path: BFF_PATHS.login, name: "login", burst: 300, perSecond: 5 },
    { path: BFF_PATHS.callback, name: "callback", burst: 300, perSecond: 5 },
    { path: BFF_PATHS.backchannelLogout, name: "backchannel_logout", burst: 600, perSecond: 20 },
  ].map(({ path, ...rule }) => [path, rule]),
);
/** A session whose refreshes fail: its page may go on trying, more and more rarely. */
const FAILED_BY_SESSION: RateRule = { name: "failed_refresh_session", burst: 60, perSecond: 0.5 };
const FAILED_BY_CLIENT: RateRule = { name: "failed_refresh", burst: 600, perSecond: 10 };

/** Limits for each client, and for each session (S-149). */
export interface ClientLimits {
  /** Counts a request to a route of ours that has a limit; others pass. */
  countRequest(request: BffRequest): Promise<RateVerdict>;
  /** Counts a refresh that failed. @param session its fingerprint */
  countFailedRefresh(session: string, request: FailedRefresh): Promise<void>;
  /** May this session, whose token has expired, ask for another one now? */
  mayRefresh(session: string, request: FailedRefresh): Promise<RateVerdict>;
}

type FailedRefresh = Pick<BffRequest, "clientAddress" | "headers">;

export function createClientLimits({
  limit,
  hasTrustedProxies,
  log,
}: {
  /** `undefined`: nothing is limited. */
  readonly limit: RateLimit | undefined;
  readonly hasTrustedProxies: boolean;
  readonly log: Log;
}): ClientLimits {
  let hasWarned = false;

  function clientOf({ clientAddress, headers }: FailedRefresh): string | undefined {
    const client = clientKey(clientAddress, headers, hasTrustedProxies);
    if (client.kind === "known") return client.key;
    if (client.isProxied && !hasWarned) {
      hasWarned = true;
      log({
        level: "warn",
        event: "client_address_unknown",
        advice:
          "A proxy that isn't trusted stands before this server, so nothing is limited by client: name it in trustedProxies (TRUSTED_PROXIES).",
      });
    }
    return undefined;
  }

  async function take(rule: RateRule, key: string | undefined, cost?: number): Promise<RateVerdict> {
    return key === undefined || limit === undefined ? ALLOWED : limit.take(rule, key, cost);
  }

  return {
    async countRequest(request) {
      const rule = RULES.get(withoutProviderName(request.path));
      if (rule === undefined || limit === undefined) return ALLOWED;
      const verdict = await take(rule, clientOf(request));
      if (verdict.kind === "refused") {
        const { requestId, path, clientAddress } = request;
        log({ level: "warn", event: "rate_limited", requestId, route: path, clientAddress });
      }
      return verdict;
    },
    async countFailedRefresh(session, request) {
      await Promise.all([take(FAILED_BY_SESSION, session), take(FAILED_BY_CLIENT, clientOf(request))]);
    },
    async mayRefresh(session, request) {
      const own = await take(FAILED_BY_SESSION, session, 0);
      return own.kind === "refused" ? own : take(FAILED_BY_CLIENT, clientOf(request), 0);
    },
  };
}
