import { base64url } from "jose";

/** One sign-in of one person. */
export interface IssuedGrant {
  readonly sub: string;
  readonly sid: string;
  readonly scope: string;
  readonly nonce?: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly authTime: number;
  readonly acr?: string;
  /** The key to which the code is bound. */
  readonly dpopJkt?: string;
  isRevoked: boolean;
}

/** What an access token is bound to: a key (`jkt`), a certificate (`x5t`), or nothing. */
export interface Binding {
  readonly jkt?: string;
  readonly x5t?: string;
}

/** Codes, tokens and what became of them; remembers every secret that it ever gave out. */
export interface IssuedGrants {
  issueCode(grant: IssuedGrant): string;
  /** A code works once; used again, it ends its grant. @see RFC 6749 section 4.1.2 */
  redeemCode(code: string): IssuedGrant | undefined;
  issueRefreshToken(grant: IssuedGrant): string;
  /** `spent` is the reuse that a strict provider answers by revoking the grant. */
  findRefreshToken(token: string): { readonly grant: IssuedGrant; readonly isSpent: boolean } | undefined;
  spendRefreshToken(token: string): void;
  issueAccessToken(grant: IssuedGrant, expiresAt: number, binding: Binding): string;
  findAccessToken(
    token: string,
  ): (Binding & { readonly grant: IssuedGrant; readonly expiresAt: number }) | undefined;
  rememberSecret(secret: string): void;
  secrets(): readonly string[];
}

export function createIssuedGrants(): IssuedGrants {
  const codes = new Map<string, { grant: IssuedGrant; isRedeemed: boolean }>();
  const refreshTokens = new Map<string, { grant: IssuedGrant; isSpent: boolean }>();
  const accessTokens = new Map<string, Binding & { grant: IssuedGrant; expiresAt: number }>();
  const secrets = new Set<string>();

  const newSecret = (prefix: string): string => {
    const secret = `${prefix}_${base64url.encode(crypto.getRandomValues(new Uint8Array(24)))}`;
    secrets.add(secret);
    return secret;
  };

  return {
    issueCode(grant) {
      const code = newSecret("code");
      codes.set(code, { grant, isRedeemed: false });
      return code;
    },
    redeemCode(code) {
      const issued = codes.get(code);
      if (issued === undefined) return undefined;
      if (issued.isRedeemed) issued.grant.isRevoked = true;
      issued.isRedeemed = true;
      return issued.grant.isRevoked ? undefined : issued.grant;
    },
    issueRefreshToken(grant) {
      const token = newSecret("refresh");
      refreshTokens.set(token, { grant, isSpent: false });
      return token;
    },
    findRefreshToken: (token) => refreshTokens.get(token),
    spendRefreshToken(token) {
      const issued = refreshTokens.get(token);
      if (issued !== undefined) issued.isSpent = true;
    },
    issueAccessToken(grant, expiresAt, binding) {
      const token = newSecret("access");
      accessTokens.set(token, { grant, expiresAt, ...binding });
      return token;
    },
    findAccessToken: (token) => accessTokens.get(token),
    rememberSecret: (secret) => void secrets.add(secret),
    secrets: () => [...secrets],
  };
}
