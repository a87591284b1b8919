import type { CallResult } from "../call/provider-call.ts";
import { sendTokenByJson } from "../access-token/token-by-json.ts";
import { refreshGrant } from "../token-endpoint/refresh-grant.ts";
import type { RefreshGrantDependencies } from "../token-endpoint/refresh-grant.ts";
import type { RevokeOutcome, RevokedToken } from "./revoke.ts";

/** Refresh tokens whose access token couldn't be deleted yet; more are forgotten, and their tokens expire by themselves. */
const MAX_REMEMBERED = 1_000;

/**
 * Revokes where only access tokens can be: a refresh token is spent for one, and that is deleted.
 *
 * Without this, a refresh token whose access token has expired would stay usable for months.
 */
export function createRevokeByJson(
  dependencies: RefreshGrantDependencies,
): (token: string, kind: RevokedToken) => Promise<RevokeOutcome> {
  const { settings, ports } = dependencies;
  /** By refresh token: it works once, and whoever tries again brings it again. */
  const spent = new Map<string, string>();

  async function accessTokenOf(refreshToken: string): Promise<string | RevokeOutcome> {
    const known = spent.get(refreshToken);
    if (known !== undefined) return known;
    const request = { refreshToken, resource: "", iss: settings.tokenIssuers[0] ?? "", sub: "" };
    const outcome = await refreshGrant(request, dependencies);
    if (outcome.kind === "success") {
      if (spent.size < MAX_REMEMBERED) spent.set(refreshToken, outcome.tokens.accessToken);
      return outcome.tokens.accessToken;
    }
    return outcome.kind === "terminal"
      ? { kind: "revoked" }
      : { kind: "unavailable", reason: outcome.kind === "client" ? "client_refused" : outcome.reason };
  }

  return async (token, kind) => {
    const { revocation } = settings.endpoints;
    if (revocation === undefined) return { kind: "unsupported" };
    const accessToken = kind === "access_token" ? token : await accessTokenOf(token);
    if (typeof accessToken !== "string") return accessToken;
    const outcome = outcomeOf(await sendTokenByJson("DELETE", revocation, accessToken, settings, ports));
    if (outcome.kind === "revoked") spent.delete(token);
    return outcome;
  };
}

/** 404 and 422: there is no such token, or no such one any more. */
function outcomeOf(result: CallResult): RevokeOutcome {
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const isGone = [200, 204, 404, 422].includes(result.status);
  return isGone ? { kind: "revoked" } : { kind: "unavailable", reason: `status_${result.status}` };
}
