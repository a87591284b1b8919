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
  /** Of a session without refresh token, where it may outlive the session and is to be revoked. */
  readonly accessToken?: string;
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

/** @param revokesAccessTokens of the session's provider */
export function presentSession(
  names: readonly string[],
  value: SessionValue,
  revokesAccessTokens: boolean,
): PresentedSession {
  const { refreshToken, accessTokens } = value.grant;
  const accessToken = revokesAccessTokens && refreshToken === undefined ? accessTokens[""]?.token : undefined;
  return {
    names,
    sid: value.sid,
    ...(value.provider === undefined ? {} : { provider: value.provider }),
    iss: value.iss,
    sub: value.sub,
    ...(value.idpSid === undefined ? {} : { idpSid: value.idpSid }),
    idTokenIat: value.idTokenIat,
    generation: value.grant.generation,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(accessToken === undefined ? {} : { accessToken }),
    absoluteDeadline: value.absoluteDeadline,
  };
}

/** How the keeper of tokens knows it: enough to end it, without its access tokens, but for one that is to be revoked. */
export function presentedRef(presented: PresentedSession, arrivedAt: number): OwnedRef {
  const { names: _, generation, refreshToken, accessToken, ...session } = presented;
  // It is never used, so when it was issued and for what is nobody's matter.
  const unused = (token: string) => ({ "": { token, issuedAt: 0, expiresAt: 0, scope: "" } });
  return {
    ...session,
    grant: {
      ...(refreshToken === undefined ? {} : { refreshToken }),
      generation,
      accessTokens: accessToken === undefined ? {} : unused(accessToken),
    },
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
