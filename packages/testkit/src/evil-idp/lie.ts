import type { JWK } from "jose";
import type { Reply } from "./reply.ts";
import type { Signer } from "./signer.ts";

export type Endpoint =
  | "metadata"
  | "authorization"
  | "par"
  | "token"
  | "jwks"
  | "userinfo"
  | "introspection"
  | "revocation"
  | "end_session";

export type Members = Record<string, unknown>;

/** An ID token before it is signed. */
export interface IdTokenDraft {
  readonly header: Members;
  readonly claims: Members;
  readonly grantType: string;
}

/** A logout token, or a signed authorization response, before it is signed. */
export interface LogoutTokenDraft {
  readonly header: Members;
  readonly claims: Members;
}

/**
 * One way of not telling the truth; whatever a lie has no hook for stays normal.
 *
 * Hooks that return nothing change what they are given.
 */
export interface Lie {
  readonly name: string;
  readonly metadata?: (document: Members) => void;
  readonly authorizationResponse?: (parameters: URLSearchParams) => void;
  readonly signedResponseDraft?: (draft: LogoutTokenDraft) => void;
  /** Makes the signed authorization response instead of the provider. */
  readonly signedResponse?: (draft: LogoutTokenDraft, signer: Signer) => string | Promise<string>;
  readonly idTokenDraft?: (draft: IdTokenDraft) => void;
  /** Makes the token instead of the provider. */
  readonly idToken?: (draft: IdTokenDraft, signer: Signer) => string | Promise<string>;
  readonly tokenResponse?: (body: Members, grantType: string) => void;
  readonly publishedKeys?: (keys: JWK[]) => readonly JWK[] | Promise<readonly JWK[]>;
  readonly userinfo?: (claims: Members) => void;
  /** Writes the UserInfo answer instead of the provider: a JWT, and not JSON. */
  readonly userinfoToken?: (claims: Members, signer: Signer) => string | Promise<string>;
  /** The browser's way back after a sign-out at the provider. */
  readonly postLogoutRedirect?: (parameters: URLSearchParams) => void;
  readonly logoutTokenDraft?: (draft: LogoutTokenDraft) => void;
  /** Makes the logout token instead of the provider. */
  readonly logoutToken?: (draft: LogoutTokenDraft, signer: Signer) => string | Promise<string>;
  readonly reply?: (endpoint: Endpoint, reply: Reply, form: URLSearchParams) => Reply;
}
