import { Hono } from "hono";
import type { Context } from "hono";
import { base64url } from "jose";
import type { JWK } from "jose";
import { recordRequest } from "../recorded-request.ts";
import type { RecordedRequest } from "../recorded-request.ts";
import { createClientAuthentication } from "./client-authentication.ts";
import type { ClientCredentials } from "./client-authentication.ts";
import { createDpopProofs } from "./dpop-proofs.ts";
import type { DpopNonces } from "./dpop-proofs.ts";
import { openRequest } from "./signed-request.ts";
import { createEndSession } from "./end-session.ts";
import { createIssuedGrants } from "./issued-grants.ts";
import type { Binding, IssuedGrant } from "./issued-grants.ts";
import type { Endpoint, Lie, Members } from "./lie.ts";
import { aliasesOf, PATHS, metadataDocument } from "./metadata-document.ts";
import { errorReply, jsonReply, toResponse } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { shownThumbprint } from "./shown-certificate.ts";
import { createSigner } from "./signer.ts";
import type { Signer } from "./signer.ts";
import { createTokenResponses } from "./token-responses.ts";

/** `issuer`: where it is reached, and what it calls itself, as in `https://idp.example`. */
export interface EvilIdpOptions extends ClientCredentials {
  /** Requests that don't come by reference are refused. Default `false`. */
  readonly requiresPushing?: boolean;
  /** Requests that aren't signed by the client's keys are refused. Default `false`. */
  readonly requiresSignedRequests?: boolean;
  /** `required`: only tokens that are bound to a key are given out; `none` (default): the proof is ignored. */
  readonly dpop?: "none" | "offered" | "required";
  /**
   * Access tokens are bound to the certificate that is shown; who shows none gets none (RFC 8705). The metadata names other
   * addresses for that, at `mtls.` and the issuer's host, and nowhere else a certificate counts. Default `false`.
   */
  readonly bindsToCertificate?: boolean;
  /** Default `none`. */
  readonly dpopNonces?: DpopNonces;
  /** Default `RS256`. */
  readonly algorithm?: string;
  /** Seconds. Default 300. */
  readonly accessTokenTtlSeconds?: number;
  /** Where the browser goes after it signed out here; anything else is refused. */
  readonly postLogoutRedirectUri?: string;
  /** Is the way to the client's back-channel logout, taken before the browser is sent back. */
  readonly deliverLogoutToken?: (logoutToken: string) => Promise<unknown>;
  /** `strict` (default): a refresh token works once, and its reuse ends the grant; `none`: it stays the same. */
  readonly rotation?: "strict" | "none";
}

export interface EvilIdp {
  readonly issuer: string;
  /** To be connected to a simulated internet, or served on a port. */
  readonly app: Hono;
  /** From now on, besides the lies that it tells already. */
  lie(...lies: readonly Lie[]): void;
  stopLying(): void;
  /** Is the browser and the person: signs `sub` in (default `ada`), and returns the callback's query string. */
  signIn(authorizationUrl: string, sub?: string): Promise<string>;
  /** Replaces the signing key; the old one isn't published any more. @param keyId default: another than before */
  rotateKeys(keyId?: string): Promise<void>;
  /** A JWT by the provider's key, for logout tokens and the like. */
  signJwt(header: Members, claims: Members): Promise<string>;
  /** Everything that arrived, in order. */
  readonly requests: readonly RecordedRequest[];
  requestsTo(endpoint: Endpoint): readonly RecordedRequest[];
  /** Grants that ended because a spent refresh token or code was used again. */
  readonly reuseCount: () => number;
  /** Every code, token and client secret that ever existed here. */
  issuedSecrets(): readonly string[];
}

/** A correct OpenID provider in one Hono app, until it is told to lie. */
export async function createEvilIdp(options: EvilIdpOptions): Promise<EvilIdp> {
  const { issuer, clientId, nowMs } = options;
  const algorithm = options.algorithm ?? "RS256";
  const mtlsHost = `mtls.${new URL(issuer).host}`;
  const base = new URL(issuer).pathname.replace(/\/$/, "");
  const grants = createIssuedGrants();
  grants.rememberSecret(options.clientSecret);
  const requests: RecordedRequest[] = [];
  const pushed = new Map<string, URLSearchParams>();
  let keyCount = 1;
  let signer: Signer = await createSigner(algorithm, "key-1", keyCount);
  let lies: readonly Lie[] = [];
  let reuseCount = 0;

  const nowSeconds = (): number => Math.floor(nowMs() / 1_000);

  const makeTokens = createTokenResponses({
    issuer,
    clientId,
    algorithm,
    ttlSeconds: options.accessTokenTtlSeconds ?? 300,
    nowSeconds,
    signer: () => signer,
    lies: () => lies,
    grants,
  });

  const dpop = createDpopProofs({ nonces: options.dpopNonces ?? "none", nowMs });
  /** Certificates are asked for at one host alone. */
  const thumbprintOf = (request: RecordedRequest): Promise<string | undefined> =>
    shownThumbprint(request.url.host === mtlsHost ? request.headers : new Headers());
  /** What the tokens of a request are bound to, or the answer to a proof that isn't one. */
  const boundTo = async (request: RecordedRequest): Promise<Binding | Reply> => {
    if (options.bindsToCertificate === true) {
      const x5t = await thumbprintOf(request);
      return x5t === undefined ? errorReply(400, "invalid_grant") : { x5t };
    }
    if ((options.dpop ?? "none") === "none") return {};
    const verdict = await dpop.judge(request);
    switch (verdict.kind) {
      case "proven":
        return { jkt: verdict.jkt };
      case "absent":
        return options.dpop === "required" ? errorReply(400, "invalid_dpop_proof") : {};
      case "nonce_wanted":
        return errorReply(400, "use_dpop_nonce");
      default:
        return errorReply(400, "invalid_dpop_proof");
    }
  };

  const redeemCode = async (request: RecordedRequest): Promise<Reply> => {
    const { form } = request;
    const bound = await boundTo(request);
    if ("status" in bound) return bound;
    const grant = grants.redeemCode(form.get("code") ?? "");
    const challenge = await sha256(form.get("code_verifier") ?? "");
    if (
      grant === undefined ||
      grant.codeChallenge !== challenge ||
      grant.redirectUri !== form.get("redirect_uri") ||
      (grant.dpopJkt !== undefined && grant.dpopJkt !== bound.jkt)
    ) {
      return errorReply(400, "invalid_grant");
    }
    grants.rememberSecret(form.get("code_verifier") ?? "");
    return makeTokens(
      grant,
      "authorization_code",
      form.get("resource"),
      grants.issueRefreshToken(grant),
      bound,
    );
  };

  const refresh = async (request: RecordedRequest): Promise<Reply> => {
    const { form } = request;
    const bound = await boundTo(request);
    if ("status" in bound) return bound;
    const token = form.get("refresh_token") ?? "";
    const issued = grants.findRefreshToken(token);
    if (issued?.isSpent === true && !issued.grant.isRevoked) {
      reuseCount += 1;
      issued.grant.isRevoked = true;
    }
    if (issued === undefined || issued.grant.isRevoked) return errorReply(400, "invalid_grant");
    const rotates = options.rotation !== "none";
    if (rotates) grants.spendRefreshToken(token);
    const next = rotates ? grants.issueRefreshToken(issued.grant) : undefined;
    return makeTokens(issued.grant, "refresh_token", form.get("resource"), next, bound);
  };

  const authorize = async (query: URLSearchParams, sub: string): Promise<Reply> => {
    const requestUri = query.get("request_uri");
    if (options.requiresPushing === true && requestUri === null) return errorReply(400, "invalid_request");
    const received = requestUri === null ? query : pushed.get(requestUri);
    const parameters = received === undefined ? undefined : await openRequest(received, options);
    const redirectUri = parameters?.get("redirect_uri");
    if (parameters === undefined || !redirectUri || parameters.get("client_id") !== clientId) {
      return errorReply(400, "invalid_request");
    }
    const nonce = parameters.get("nonce");
    const acr = parameters.get("acr_values")?.split(" ")[0];
    const dpopJkt = parameters.get("dpop_jkt");
    const grant: IssuedGrant = {
      sub,
      sid: crypto.randomUUID(),
      scope: parameters.get("scope") ?? "",
      redirectUri,
      codeChallenge: parameters.get("code_challenge") ?? "",
      authTime: nowSeconds(),
      isRevoked: false,
      ...(nonce === null ? {} : { nonce }),
      ...(acr === undefined ? {} : { acr }),
      ...(dpopJkt === null || (options.dpop ?? "none") === "none" ? {} : { dpopJkt }),
    };
    const answer = new URLSearchParams({
      code: grants.issueCode(grant),
      state: parameters.get("state") ?? "",
      iss: issuer,
    });
    for (const lie of lies) lie.authorizationResponse?.(answer);
    if (parameters.get("response_mode") === "jwt") {
      const response = await signResponse(answer);
      return { status: 302, headers: { location: `${redirectUri}?response=${response}` }, body: null };
    }
    return { status: 302, headers: { location: `${redirectUri}?${answer.toString()}` }, body: null };
  };

  /** @see JARM section 2.3 */
  const signResponse = async (answer: URLSearchParams): Promise<string> => {
    const draft = {
      header: { alg: algorithm, kid: signer.publicKey.kid },
      claims: { ...Object.fromEntries(answer), iss: issuer, aud: clientId, exp: nowSeconds() + 60 },
    };
    for (const lie of lies) lie.signedResponseDraft?.(draft);
    const forger = lies.findLast((lie) => lie.signedResponse !== undefined);
    return forger?.signedResponse?.(draft, signer) ?? signer.sign(draft.header, JSON.stringify(draft.claims));
  };

  const metadata = (): Reply => {
    const document = metadataDocument(issuer, algorithm);
    if ((options.dpop ?? "none") !== "none") document["dpop_signing_alg_values_supported"] = ["ES256"];
    if (options.certificateThumbprint !== undefined) {
      document["tls_client_certificate_bound_access_tokens"] = options.bindsToCertificate === true;
      document["mtls_endpoint_aliases"] = aliasesOf(document, mtlsHost);
    }
    if (options.requiresPushing === true) document["require_pushed_authorization_requests"] = true;
    for (const lie of lies) lie.metadata?.(document);
    return jsonReply(document);
  };

  const jwks = async (): Promise<Reply> => {
    let keys: readonly JWK[] = [signer.publicKey];
    for (const lie of lies) keys = (await lie.publishedKeys?.([...keys])) ?? keys;
    return jsonReply({ keys });
  };

  const challenge = (scheme: string, error: string): Reply => ({
    ...errorReply(401, error),
    headers: { "content-type": "application/json", "www-authenticate": `${scheme} error="${error}"` },
  });

  const userinfo = async (request: RecordedRequest): Promise<Reply> => {
    const [scheme = "", accessToken = ""] = request.headers.get("authorization")?.split(" ") ?? [];
    const issued = grants.findAccessToken(accessToken);
    if (issued === undefined || issued.grant.isRevoked || issued.expiresAt <= nowSeconds())
      return challenge("Bearer", "invalid_token");
    if (issued.x5t !== undefined && issued.x5t !== (await thumbprintOf(request)))
      return challenge("Bearer", "invalid_token");
    if (issued.jkt !== undefined) {
      const verdict = await dpop.judge(request, accessToken);
      if (verdict.kind === "nonce_wanted") return challenge("DPoP", "use_dpop_nonce");
      const isProven = verdict.kind === "proven" && verdict.jkt === issued.jkt;
      if (!isProven || scheme.toLowerCase() !== "dpop") return challenge("DPoP", "invalid_token");
    }
    const { sub } = issued.grant;
    const claims: Members = { sub, name: `${sub} of the simulation`, email: `${sub}@idp.example` };
    for (const lie of lies) lie.userinfo?.(claims);
    const writer = lies.findLast((lie) => lie.userinfoToken !== undefined);
    const token = await writer?.userinfoToken?.(claims, signer);
    return token === undefined
      ? jsonReply(claims)
      : { status: 200, headers: { "content-type": "application/jwt" }, body: token };
  };

  const introspect = (form: URLSearchParams): Reply => {
    const issued = grants.findAccessToken(form.get("token") ?? "");
    if (issued === undefined || issued.grant.isRevoked || issued.expiresAt <= nowSeconds()) {
      return jsonReply({ active: false });
    }
    const { scope, sub } = issued.grant;
    return jsonReply({ active: true, scope, sub, aud: clientId, exp: issued.expiresAt, client_id: clientId });
  };

  const revoke = (form: URLSearchParams): Reply => {
    const issued = grants.findRefreshToken(form.get("token") ?? "");
    if (issued !== undefined) issued.grant.isRevoked = true;
    return { status: 200, headers: {}, body: null };
  };

  const endSession = createEndSession({
    ...options,
    nowSeconds,
    signer: () => signer,
    lies: () => lies,
    grants,
  });

  const push = (form: URLSearchParams): Reply => {
    const requestUri = `urn:ietf:params:oauth:request_uri:${crypto.randomUUID()}`;
    pushed.set(requestUri, form);
    return jsonReply({ request_uri: requestUri, expires_in: 60 }, 201);
  };

  type Answer = (form: URLSearchParams, context: Context, request: RecordedRequest) => Reply | Promise<Reply>;
  const isAuthenticated = createClientAuthentication(options);
  const forClients =
    (answer: (form: URLSearchParams, request: RecordedRequest) => Reply | Promise<Reply>): Answer =>
    async (form, _context, request) =>
      (await isAuthenticated(request.url.host === mtlsHost ? request.headers : unshown(request), form))
        ? answer(form, request)
        : errorReply(401, "invalid_client");
  const answers: Readonly<Record<Endpoint, Answer>> = {
    metadata,
    jwks,
    authorization: (_form, context) => {
      const { searchParams } = new URL(context.req.url);
      return authorize(searchParams, context.req.header("x-simulated-user") ?? "ada");
    },
    userinfo: (_form, _context, request) => userinfo(request),
    introspection: forClients(introspect),
    revocation: forClients(revoke),
    par: forClients(push),
    end_session: (_form, context) => endSession(new URL(context.req.url).searchParams),
    token: forClients((form, request) =>
      form.get("grant_type") === "refresh_token" ? refresh(request) : redeemCode(request),
    ),
  };

  const app = new Hono();
  for (const [endpoint, path] of Object.entries(PATHS) as [Endpoint, string][]) {
    app.all(base + path, async (context) => {
      const recorded = await recordRequest(context.req.raw);
      requests.push(recorded);
      let reply = await answers[endpoint](recorded.form, context, recorded);
      const nonce = recorded.headers.has("dpop") ? dpop.nextNonce() : undefined;
      if (nonce !== undefined) reply = { ...reply, headers: { ...reply.headers, "dpop-nonce": nonce } };
      for (const lie of lies) reply = lie.reply?.(endpoint, reply, recorded.form) ?? reply;
      return toResponse(reply);
    });
  }

  return {
    issuer,
    app,
    requests,
    requestsTo: (endpoint) => requests.filter(({ url }) => url.pathname === base + PATHS[endpoint]),
    reuseCount: () => reuseCount,
    lie: (...more) => void (lies = [...lies, ...more]),
    stopLying: () => void (lies = []),
    async signIn(authorizationUrl, sub = "ada") {
      const response = await app.request(authorizationUrl, { headers: { "x-simulated-user": sub } });
      const location = response.headers.get("location");
      if (location === null)
        throw new Error(`the provider answered ${response.status} to the authorization request`);
      return new URL(location).search.slice(1);
    },
    async rotateKeys(keyId) {
      keyCount += 1;
      signer = await createSigner(algorithm, keyId ?? `key-${keyCount}`, keyCount);
    },
    signJwt: (header, claims) =>
      signer.sign({ alg: algorithm, kid: signer.publicKey.kid, ...header }, JSON.stringify(claims)),
    issuedSecrets: () => grants.secrets(),
  };
}

function unshown({ headers }: RecordedRequest): Headers {
  const others = new Headers(headers);
  others.delete("client-cert");
  return others;
}

async function sha256(text: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
}
