import type { SentLogout } from "./control/control-contract.ts";
import type { ResolvedClient } from "./options/option-schemas.ts";
import { signLogoutToken } from "./logout-token.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface LogoutRequest {
  readonly user: string;
  readonly by: "sid" | "sub" | "both";
  readonly sid?: string | undefined;
  readonly clientId?: string | undefined;
  readonly jti?: string | undefined;
}

export interface LogoutSenderParts {
  readonly issuer: string;
  readonly clients: readonly ResolvedClient[];
  readonly signingKeys: SigningKeys;
  readonly store: MemoryStore;
}

const LOGOUT_TIMEOUT_MS = 5_000;

/** Sends logout tokens without ending anything here. */
export function createLogoutSender(
  parts: LogoutSenderParts,
): (request: LogoutRequest) => Promise<readonly SentLogout[]> {
  function sidsOf(request: LogoutRequest, clientId: string): (string | undefined)[] {
    if (request.by === "sub") return [undefined];
    if (request.sid !== undefined) return [request.sid];
    return parts.store.sessionsOf(request.user).flatMap((session) => session.sids.get(clientId) ?? []);
  }

  async function send(uri: string, token: string): Promise<number | null> {
    try {
      const response = await fetch(uri, {
        method: "POST",
        body: new URLSearchParams({ logout_token: token }),
        redirect: "manual",
        signal: AbortSignal.timeout(LOGOUT_TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // Unreachable or too slow: the caller learns it as `null`.
      return null;
    }
  }

  return async (request) => {
    const sent: SentLogout[] = [];
    for (const { clientId, backchannelLogoutUri, idTokenSigningAlgorithm: algorithm } of parts.clients) {
      if (backchannelLogoutUri === undefined) continue;
      if (request.clientId !== undefined && request.clientId !== clientId) continue;
      for (const sid of sidsOf(request, clientId)) {
        const token = await signLogoutToken(parts.signingKeys, {
          issuer: parts.issuer,
          clientId,
          algorithm,
          sub: request.by === "sid" ? undefined : request.user,
          sid,
          jti: request.jti,
        });
        const status = await send(backchannelLogoutUri, token);
        sent.push({ clientId, ...(sid === undefined ? {} : { sid }), status });
      }
    }
    return sent;
  };
}
