import type { ExchangeTarget, TokenExchangeOutcome } from "@coatcheck/oauth";
import type { Core } from "../parts.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import type { Access } from "../session/request-session.ts";
import type { IssuedToken } from "./bound-calls.ts";
import { createHeldTokens } from "./held-tokens.ts";
import type { HeldToken, Withheld } from "./held-tokens.ts";

/** A person's own access token, and until when it lives. */
export interface SubjectToken extends IssuedToken {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Tokens for other APIs that were given for people's own (RFC 8693), as long as both live. In this process alone. */
export interface ExchangedTokens {
  get(
    own: SignInProvider,
    target: ExchangeTarget,
    subject: SubjectToken,
    facts: { readonly requestId: string },
  ): Promise<Access<IssuedToken>>;
  /** The API refused this one. */
  drop(target: ExchangeTarget, subject: SubjectToken, refused: string): void;
}

/** So long a refusal stands, and an outage is believed: a page asks for many things at once, and again. */
const REFUSED_MS = 10_000;
const DOWN_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;
const REFUSALS: ReadonlySet<TokenExchangeOutcome["kind"]> = new Set(["terminal", "refused", "unreadable"]);

export function createExchangedTokens(parts: Pick<Core, "nowMs" | "log" | "startTimer">): ExchangedTokens {
  const tokens = createHeldTokens(parts);

  async function exchange(
    { provider }: SignInProvider,
    target: ExchangeTarget,
    { token: subjectToken, dpopKey, expiresAt: subjectExpiresAt }: SubjectToken,
    { requestId }: { readonly requestId: string },
  ): Promise<HeldToken | Withheld> {
    const key = dpopKey === undefined ? {} : { dpopKey };
    const outcome = await provider.exchangeToken({ ...target, subjectToken, ...key });
    if (outcome.kind === "success") {
      const { accessToken: token, issuedAt, expiresAt } = outcome.tokens;
      return {
        token,
        issuedAt,
        expiresAt: Math.min(expiresAt, subjectExpiresAt),
        ...(outcome.isBound ? key : {}),
      };
    }
    const { kind, reason } = outcome;
    const { audience, resource } = target;
    parts.log({ level: "warn", event: "token_exchange_failed", requestId, audience, resource, kind, reason });
    if (REFUSALS.has(kind))
      return { kind: "denied", problem: { code: "resource_unavailable" }, forMs: REFUSED_MS };
    const problem = { code: "provider_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS } as const;
    return { kind: "denied", problem, forMs: DOWN_MS };
  }

  return {
    get: (own, target, subject, facts) =>
      tokens.get(keyOf(target, subject), () => exchange(own, target, subject, facts)),
    drop: (target, subject, refused) => tokens.drop(keyOf(target, subject), refused),
  };
}

/** By the person's own token: with a new one, or none, nothing of the old one's is found any more. */
function keyOf({ audience, resource, scope }: ExchangeTarget, { token }: SubjectToken): string {
  return JSON.stringify([audience, resource, scope, token]);
}
