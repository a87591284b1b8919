import type { LoginTransaction } from "@coatcheck/oauth";
import type { OfProvider } from "../providers/sign-in-provider.ts";
import type { ReturnPath } from "../return-path.ts";
import type { OwnedRef, SessionValue } from "./session-value.ts";

/**
 * The session that a browser showed when it began to sign in again.
 *
 * It travels in the transaction since the callback, cross-site, gets no Strict cookie.
 */
export interface PresentedSession extends OfProvider {
  /** Names of the cookie that carries it, and of its chunks. */
  readonly names: readonly string[];
  readonly sid: string;
  readonly iss: string;
  readonly sub: string;
  readonly idpSid?: string;
  readonly idTokenIat: number;
  readonly generation: number;
  readonly refreshToken?: string;
  readonly absoluteDeadline: number;
}

/** What the transaction cookie seals: everything that the callback uses, and nothing of the callback's own request (S-006). */
export interface PendingSignIn extends OfProvider {
  readonly login: LoginTransaction;
  readonly returnPath: ReturnPath;
  /** The place that was asked for didn't fit, and `returnPath` is the start page: the person is told. */
  readonly isPlaceLost?: true;
  readonly presented?: PresentedSession;
}

export function presentSession(names: readonly string[], value: SessionValue): PresentedSession {
  return {
    names,
    sid: value.sid,
    ...(value.provider === undefined ? {} : { provider: value.provider }),
    iss: value.iss,
    sub: value.sub,
    ...(value.idpSid === undefined ? {} : { idpSid: value.idpSid }),
    idTokenIat: value.idTokenIat,
    generation: value.grant.generation,
    ...(value.grant.refreshToken === undefined ? {} : { refreshToken: value.grant.refreshToken }),
    absoluteDeadline: value.absoluteDeadline,
  };
}

/** How the keeper of tokens knows it: enough to end it, without its access tokens. */
export function presentedRef(presented: PresentedSession, arrivedAt: number): OwnedRef {
  const { names: _, generation, refreshToken, ...session } = presented;
  return {
    ...session,
    grant: { ...(refreshToken === undefined ? {} : { refreshToken }), generation, accessTokens: {} },
    arrivedAt,
  };
}

/**
 * Reads what came out of a transaction's seal; `undefined` for one of another make, or of a provider that isn't there any more.
 *
 * @param providers names of the further providers
 */
export function readPendingSignIn(json: unknown, providers: ReadonlySet<string>): PendingSignIn | undefined {
  if (typeof json !== "object" || json === null || !("login" in json) || !("returnPath" in json))
    return undefined;
  const { login, returnPath } = json;
  const isWhole =
    typeof login === "object" && login !== null && "codeVerifier" in login && typeof returnPath === "string";
  if (!isWhole) return undefined;
  const pending = json as PendingSignIn;
  const names = [pending.provider, pending.presented?.provider];
  return names.every((name) => name === undefined || providers.has(name)) ? pending : undefined;
}
