import type { ApiRouteSettings } from "../config/bff-settings.ts";
import type { Core } from "../parts.ts";
import type { IssuedToken } from "./bound-calls.ts";
import { createHeldTokens } from "./held-tokens.ts";
import type { HeldToken, Withheld } from "./held-tokens.ts";
import type { Access } from "../session/request-session.ts";

/** Tokens of the application itself, one for a resource and its scopes, shared by all calls of this process. */
export interface ClientTokens {
  get(api: Wanted, scopes: readonly string[]): Promise<Access<IssuedToken>>;
  /** The API refused this one. */
  drop(api: Wanted, scopes: readonly string[], refused: string): void;
}

/** The first of its providers gives the token. */
type Wanted = Pick<ApiRouteSettings, "resource" | "providers">;

/** After a failure, calls are answered without asking again for so long. */
const PAUSE_MS = 1_000;

export function createClientTokens(
  parts: Pick<Core, "providers" | "nowMs" | "log" | "startTimer">,
): ClientTokens {
  const tokens = createHeldTokens(parts);

  async function fetchToken(
    { resource, providers: [name] = [] }: Wanted,
    scope: string,
  ): Promise<HeldToken | Withheld> {
    const { provider } = parts.providers.of(name === undefined ? {} : { provider: name });
    const outcome = await provider.clientGrant({ resource, scope });
    if (outcome.kind === "success") {
      const { accessToken: token, issuedAt, expiresAt } = outcome.tokens;
      const { dpopKey } = outcome;
      return { token, issuedAt, expiresAt, ...(dpopKey === undefined ? {} : { dpopKey }) };
    }
    parts.log({ level: "warn", event: "client_token_failed", resource, reason: outcome.reason });
    const problem = { code: "provider_unavailable", retryAfterSeconds: 5 } as const;
    return { kind: "denied", problem, forMs: PAUSE_MS };
  }

  return {
    get(api, scopes) {
      const scope = scopes.join(" ");
      return tokens.get(keyOf(api, scope), () => fetchToken(api, scope));
    },
    drop: (api, scopes, refused) => tokens.drop(keyOf(api, scopes.join(" ")), refused),
  };
}

function keyOf({ resource, providers: [name] = [] }: Wanted, scope: string): string {
  return JSON.stringify([name, resource, scope]);
}
