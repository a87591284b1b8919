import { base64url } from "jose";
import type { Binding, IssuedGrant, IssuedGrants } from "./issued-grants.ts";
import type { IdTokenDraft, Lie, Members } from "./lie.ts";
import { jsonReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { Signer } from "./signer.ts";

export interface TokenResponsesOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly algorithm: string;
  readonly ttlSeconds: number;
  readonly nowSeconds: () => number;
  readonly signer: () => Signer;
  readonly lies: () => readonly Lie[];
  readonly grants: IssuedGrants;
}

export type MakeTokenResponse = (
  grant: IssuedGrant,
  grantType: string,
  /** `null`: an opaque access token; else a JWT for this audience. */
  resource: string | null,
  refreshToken: string | undefined,
  binding: Binding,
) => Promise<Reply>;

/** Makes the answers of the token endpoint, lies included. */
export function createTokenResponses(options: TokenResponsesOptions): MakeTokenResponse {
  const { issuer, clientId, algorithm, ttlSeconds, nowSeconds, grants } = options;

  const makeIdToken = async (grant: IssuedGrant, grantType: string, accessToken: string): Promise<string> => {
    const signer = options.signer();
    const draft: IdTokenDraft = {
      grantType,
      header: { alg: algorithm, kid: signer.publicKey.kid, typ: "JWT" },
      claims: {
        iss: issuer,
        sub: grant.sub,
        aud: clientId,
        iat: nowSeconds(),
        exp: nowSeconds() + 300,
        auth_time: grant.authTime,
        sid: grant.sid,
        at_hash: await halfHash(accessToken, algorithm),
        name: `${grant.sub} of the simulation`,
        ...(grant.acr === undefined ? {} : { acr: grant.acr }),
        ...(grant.nonce === undefined || grantType === "refresh_token" ? {} : { nonce: grant.nonce }),
      },
    };
    for (const lie of options.lies()) lie.idTokenDraft?.(draft);
    const forger = options.lies().findLast((lie) => lie.idToken !== undefined);
    return forger?.idToken?.(draft, signer) ?? signer.sign(draft.header, JSON.stringify(draft.claims));
  };

  const makeAccessToken = (
    grant: IssuedGrant,
    resource: string | null,
    binding: Binding,
  ): Promise<string> | string => {
    const expiresAt = nowSeconds() + ttlSeconds;
    if (resource === null) return grants.issueAccessToken(grant, expiresAt, binding);
    const signer = options.signer();
    const { jkt, x5t } = binding;
    const claims = {
      iss: issuer,
      sub: grant.sub,
      aud: resource,
      client_id: clientId,
      scope: grant.scope,
      iat: nowSeconds(),
      exp: expiresAt,
      jti: crypto.randomUUID(),
      ...(jkt === undefined ? {} : { cnf: { jkt } }),
      ...(x5t === undefined ? {} : { cnf: { "x5t#S256": x5t } }),
    };
    const header = { alg: algorithm, kid: signer.publicKey.kid, typ: "at+jwt" };
    return signer.sign(header, JSON.stringify(claims));
  };

  return async (grant, grantType, resource, refreshToken, binding) => {
    const accessToken = await makeAccessToken(grant, resource, binding);
    const body: Members = {
      access_token: accessToken,
      token_type: binding.jkt === undefined ? "Bearer" : "DPoP",
      expires_in: ttlSeconds,
      scope: grant.scope,
      id_token: await makeIdToken(grant, grantType, accessToken),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    };
    for (const lie of options.lies()) lie.tokenResponse?.(body, grantType);
    for (const name of ["access_token", "id_token"]) {
      if (typeof body[name] === "string") grants.rememberSecret(body[name]);
    }
    return jsonReply(body);
  };
}

/** The value of `at_hash`. @see OpenID Connect Core section 3.1.3.6 */
async function halfHash(token: string, algorithm: string): Promise<string> {
  const bits = /256$|384$/.exec(algorithm)?.[0] ?? "512";
  const digest = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(token));
  return base64url.encode(new Uint8Array(digest, 0, digest.byteLength / 2));
}
