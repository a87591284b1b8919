import type { ApiRouteSettings } from "../config/bff-settings.ts";
import type { Core } from "../parts.ts";
import type { IssuedToken } from "./bound-calls.ts";
import type { Access } from "../session/request-session.ts";

/** Tokens of the application itself, one for a resource and its scopes, shared by all calls of this process. */
export interface ClientTokens {
  /** A token that lives a little longer; a call that comes while one is fetched waits for it. */
  get(api: Wanted, scopes: readonly string[]): Promise<Access<IssuedToken>>;
  /** The API refused this one: the next call gets another, unless it is brand new. */
  drop(api: Wanted, scopes: readonly string[], refused: string): void;
}

/** The first of its providers gives the token. */
type Wanted = Pick<ApiRouteSettings, "resource" | "providers">;

interface Held extends IssuedToken {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** It may have to get through to an API yet. */
const SPARE_MS = 5_000;
const MAX_SPARE_FRACTION = 1 / 5;
/** A provider that hands out tokens which its APIs refuse isn't asked with every call. */
const DROP_AFTER_MS = 10_000;
/** After a failure, calls are answered without asking again for so long. */
const PAUSE_MS = 1_000;

export function createClientTokens({
  providers,
  nowMs,
  log,
  startTimer,
}: Pick<Core, "providers" | "nowMs" | "log" | "startTimer">): ClientTokens {
  const held = new Map<string, Held>();
  const fetching = new Map<string, Promise<Access<IssuedToken>>>();

  async function fetchToken(
    key: string,
    { resource, providers: [name] = [] }: Wanted,
    scope: string,
  ): Promise<Access<IssuedToken>> {
    const { provider } = providers.of(name === undefined ? {} : { provider: name });
    const outcome = await provider.clientGrant({ resource, scope });
    if (outcome.kind === "success") {
      const { accessToken: token, issuedAt, expiresAt } = outcome.tokens;
      const { dpopKey } = outcome;
      const value = { token, issuedAt, expiresAt, ...(dpopKey === undefined ? {} : { dpopKey }) };
      held.set(key, value);
      return { kind: "granted", value };
    }
    log({ level: "warn", event: "client_token_failed", resource, reason: outcome.reason });
    return { kind: "denied", problem: { code: "provider_unavailable", retryAfterSeconds: 5 } };
  }

  return {
    get(api, scopes) {
      const scope = scopes.join(" ");
      const key = keyOf(api, scope);
      const known = held.get(key);
      if (known !== undefined && nowMs() < known.expiresAt - spareOf(known))
        return Promise.resolve({ kind: "granted", value: known });
      let running = fetching.get(key);
      if (running === undefined) {
        running = fetchToken(key, api, scope);
        fetching.set(key, running);
        const forget = (): void => void fetching.delete(key);
        running.then(({ kind }) => (kind === "granted" ? forget() : startTimer(forget, PAUSE_MS)), forget);
      }
      return running;
    },
    drop(api, scopes, refused) {
      const key = keyOf(api, scopes.join(" "));
      const known = held.get(key);
      if (known?.token === refused && nowMs() - known.issuedAt >= DROP_AFTER_MS) held.delete(key);
    },
  };
}

function keyOf({ resource, providers: [name] = [] }: Wanted, scope: string): string {
  return JSON.stringify([name, resource, scope]);
}

function spareOf({ issuedAt, expiresAt }: Held): number {
  return Math.min(SPARE_MS, (expiresAt - issuedAt) * MAX_SPARE_FRACTION);
}
