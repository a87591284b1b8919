import { base64url, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import type { JWK } from "jose";
import { createIssuedGrants } from "./evil-idp/issued-grants.ts";
import type { IssuedGrant } from "./evil-idp/issued-grants.ts";
import { createSigner } from "./evil-idp/signer.ts";
import type { ProviderShape } from "./provider-shapes.ts";
import { recordRequest } from "./recorded-request.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import type { SimulatedInternet } from "./simulated-internet.ts";

export interface ProviderStandInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly nowMs: () => number;
  /** Of the client's key, and what the secret that it signs must say; for `signed`. */
  readonly signedSecret?: { readonly key: JWK; readonly keyId: string; readonly teamId: string };
}

export interface ProviderStandIn {
  /** Takes all hosts of its endpoints. */
  connectTo(internet: SimulatedInternet): void;
  /** Is the browser and the person; returns the callback's query string. @throws where the provider shows an error page */
  signIn(authorizationUrl: string): string;
  readonly requests: readonly RecordedRequest[];
  /** Changes how it behaves from now on. */
  become(change: Partial<ProviderShape>): void;
}

/** Plays a provider by what its documentation says: what it demands of a sign-in and a token call, what it hands out, and what it does to spent tokens. */
export async function createProviderStandIn(
  documented: ProviderShape,
  options: ProviderStandInOptions,
): Promise<ProviderStandIn> {
  let shape = documented;
  const { clientId, clientSecret, nowMs } = options;
  const signer = await createSigner("RS256", "key-1", 1);
  const grants = createIssuedGrants();
  const requests: RecordedRequest[] = [];
  const offline = new Set<IssuedGrant>();
  const spentAtMs = new Map<string, number>();
  const nowSeconds = (): number => Math.floor(nowMs() / 1_000);

  async function isClient({ form, headers }: RecordedRequest): Promise<boolean> {
    if (shape.refusedAtToken?.some((name) => form.has(name)) === true) return false;
    if (shape.secret === "basic")
      return headers.get("authorization") === `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    if (headers.has("authorization") || form.get("client_id") !== clientId) return false;
    const secret = form.get("client_secret") ?? "";
    return shape.secret === "post" ? secret === clientSecret : isSignedSecret(secret);
  }

  async function isSignedSecret(secret: string): Promise<boolean> {
    const { signedSecret } = options;
    if (signedSecret === undefined || decodeProtectedHeader(secret).kid !== signedSecret.keyId) return false;
    const { payload } = await jwtVerify(secret, await importJWK(signedSecret.key, "ES256"), {
      algorithms: ["ES256"],
      issuer: signedSecret.teamId,
      audience: shape.issuer,
      subject: clientId,
      currentDate: new Date(nowMs()),
    });
    // Six months at most.
    return (payload.exp ?? 0) - (payload.iat ?? 0) <= 15_777_000;
  }

  async function tokensOf(grant: IssuedGrant, isFirst: boolean): Promise<Record<string, unknown>> {
    const claims = {
      iss: shape.tokenIssuer ?? shape.issuer,
      sub: grant.sub,
      aud: clientId,
      iat: nowSeconds(),
      exp: nowSeconds() + 3_600,
      name: "Ada of the simulation",
      ...(isFirst && shape.hasNonce !== false && grant.nonce !== undefined ? { nonce: grant.nonce } : {}),
      ...shape.claims,
    };
    return {
      access_token: grants.issueAccessToken(grant, nowSeconds() + 3_600, {}),
      token_type: "Bearer",
      expires_in: 3_600,
      scope: grant.scope,
      id_token: await signer.sign({ alg: "RS256", kid: "key-1" }, JSON.stringify(claims)),
    };
  }

  async function answerToken(request: RecordedRequest): Promise<Response> {
    if (!(await isClient(request))) return Response.json({ error: "invalid_client" }, { status: 401 });
    const { form } = request;
    if (form.get("grant_type") === "refresh_token") return refresh(form.get("refresh_token") ?? "");
    const grant = grants.redeemCode(form.get("code") ?? "");
    const verifier = new TextEncoder().encode(form.get("code_verifier") ?? "");
    const challenge = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", verifier)));
    if (
      grant === undefined ||
      grant.redirectUri !== form.get("redirect_uri") ||
      (grant.codeChallenge !== "" && grant.codeChallenge !== challenge)
    )
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    const refreshToken = offline.has(grant) ? { refresh_token: grants.issueRefreshToken(grant) } : {};
    return Response.json({ ...(await tokensOf(grant, true)), ...refreshToken });
  }

  async function refresh(token: string): Promise<Response> {
    const dead = () => Response.json(shape.deadRefreshToken ?? { error: "invalid_grant" }, { status: 400 });
    const issued = grants.findRefreshToken(token);
    if (issued === undefined || issued.grant.isRevoked) return dead();
    const { spentToken } = shape;
    const spentAt = spentAtMs.get(token);
    const graceMs = typeof spentToken === "number" ? spentToken * 1_000 : 0;
    if (spentToken !== "stays" && spentAt !== undefined && spentAt + graceMs < nowMs()) {
      issued.grant.isRevoked = true;
      return dead();
    }
    if (spentAt === undefined) spentAtMs.set(token, nowMs());
    const next = spentToken === "stays" ? {} : { refresh_token: grants.issueRefreshToken(issued.grant) };
    return Response.json({ ...(await tokensOf(issued.grant, false)), ...next });
  }

  async function answerRevocation(request: RecordedRequest): Promise<Response> {
    if (!(await isClient(request))) return Response.json({ error: "invalid_client" }, { status: 401 });
    const issued = grants.findRefreshToken(request.form.get("token") ?? "");
    if (shape.deadRevocation !== undefined && issued?.grant.isRevoked !== false)
      return Response.json(shape.deadRevocation, { status: 400 });
    if (issued !== undefined) issued.grant.isRevoked = true;
    return new Response(null, { status: 200 });
  }

  /** An access token that is worth something. */
  function findLive(token: string | null | undefined): ReturnType<typeof grants.findAccessToken> {
    const issued = grants.findAccessToken(token ?? "");
    return issued?.grant.isRevoked === false && issued.expiresAt > nowSeconds() ? issued : undefined;
  }

  function answerUserinfo({ headers }: RecordedRequest): Response {
    const issued = findLive(headers.get("authorization")?.replace(/^Bearer /u, ""));
    return issued === undefined
      ? Response.json({ error: "invalid_token" }, { status: 401 })
      : Response.json({ sub: issued.grant.sub, name: "Ada of the simulation" });
  }

  function answerTokeninfo({ form }: RecordedRequest): Response {
    const issued = findLive(form.get("access_token"));
    if (issued === undefined) return Response.json({ error: "invalid_token" }, { status: 400 });
    const { grant, expiresAt } = issued;
    return Response.json({ aud: clientId, sub: grant.sub, scope: grant.scope, exp: String(expiresAt) });
  }

  async function answer(request: Request): Promise<Response> {
    const recorded = await recordRequest(request);
    requests.push(recorded);
    const { origin, pathname } = recorded.url;
    const address = origin + pathname;
    const { endpoints } = shape;
    switch (address) {
      case `${shape.issuer.replace(/\/$/u, "")}/.well-known/openid-configuration`:
        return Response.json(metadata());
      case endpoints.jwks:
        return Response.json({ keys: [{ ...signer.publicKey, ...shape.keyMembers }] });
      case endpoints.token:
        return answerToken(recorded);
      case endpoints.revocation:
        return answerRevocation(recorded);
      case endpoints.userinfo:
        return answerUserinfo(recorded);
      case endpoints.tokeninfo:
        return answerTokeninfo(recorded);
      default:
        return Response.json({ error: "not_found" }, { status: 404 });
    }
  }

  function metadata(): Record<string, unknown> {
    const { authorization, token, jwks, userinfo, revocation, endSession } = shape.endpoints;
    return {
      issuer: shape.metadataIssuer ?? shape.issuer,
      authorization_endpoint: authorization,
      token_endpoint: token,
      jwks_uri: jwks,
      userinfo_endpoint: userinfo,
      revocation_endpoint: revocation,
      end_session_endpoint: endSession,
      token_endpoint_auth_methods_supported: [
        shape.secret === "basic" ? "client_secret_basic" : "client_secret_post",
      ],
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
  }

  return {
    requests,
    become: (change) => void (shape = { ...shape, ...change }),
    connectTo(internet) {
      const urls = [shape.issuer, ...Object.values(shape.endpoints)];
      for (const host of new Set(urls.map((url) => new URL(url).host))) internet.connect(host, answer);
    },
    signIn(authorizationUrl) {
      const url = new URL(authorizationUrl);
      const query = url.searchParams;
      const refused = shape.refusedParameters?.filter((name) => query.has(name)) ?? [];
      if (url.origin + url.pathname !== shape.endpoints.authorization || query.get("client_id") !== clientId)
        throw new Error("another provider's sign-in");
      if (refused.length > 0) throw new Error(`refused: ${refused.join(" ")}`);
      const nonce = query.get("nonce");
      const grant: IssuedGrant = {
        sub: "ada",
        sid: "",
        scope: query.get("scope") ?? "",
        redirectUri: query.get("redirect_uri") ?? "",
        codeChallenge: query.get("code_challenge") ?? "",
        authTime: nowSeconds(),
        isRevoked: false,
        ...(nonce === null ? {} : { nonce }),
      };
      const isOffline =
        shape.refreshToken === "always" ||
        (shape.refreshToken === "for-offline-consent" &&
          query.get("access_type") === "offline" &&
          query.get("prompt")?.split(" ").includes("consent") === true) ||
        (shape.refreshToken === "for-offline-access" && grant.scope.split(" ").includes("offline_access"));
      if (isOffline) offline.add(grant);
      const back = { code: grants.issueCode(grant), state: query.get("state") ?? "", ...shape.callback };
      return new URLSearchParams(back).toString();
    },
  };
}
