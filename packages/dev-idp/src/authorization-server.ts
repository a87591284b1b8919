import { randomBytes } from "node:crypto";
import {
  type AuthorizationDetail,
  errors,
  interactionPolicy,
  Provider,
  type ClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
} from "oidc-provider";
import type { Counters } from "./control/counters.ts";
import type { ResolvedOptions } from "./options/dev-idp-options.ts";
import type { ResolvedClient } from "./options/option-schemas.ts";
import { loadGrant, requestedAccess } from "./grants.ts";
import { MUTUAL_TLS } from "./mutual-tls/client-certificates.ts";
import { endpointAliases } from "./mutual-tls/start-mutual-tls.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { People } from "./people.ts";
import { renderProblemPage } from "./pages/problem-page.ts";
import { contentSecurityPolicy, type Html, type PageFrame } from "./pages/page.ts";
import { renderSignedOutPage, renderSignOutPage } from "./pages/sign-out-page.ts";
import { useSingleUseNonces } from "./protocol/single-use-nonces.ts";
import { scopeClaims } from "./scope-claims.ts";
import { addTokenExchange, TOKEN_EXCHANGE } from "./token-exchange.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface AuthorizationServerParts {
  readonly issuer: string;
  readonly options: ResolvedOptions;
  readonly signingKeys: SigningKeys;
  readonly cookieKeys: readonly string[];
  readonly store: MemoryStore;
  readonly people: People;
  readonly counters: Counters;
  readonly frame: PageFrame;
  /** Where clients with certificates are asked for them. */
  readonly mutualTlsOrigin: string | undefined;
  /** Seconds that the access tokens of this person live. */
  accessTokenSecondsOf(accountId: string | undefined): number;
}

const SECRET_AND_KEY_METHODS = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
] as const;
const TLS_METHODS = ["tls_client_auth", "self_signed_tls_client_auth"] as const;
const TWO_WEEKS_SECONDS = 14 * 24 * 3600;

/** Configures oidc-provider as a strict authorization server: PKCE, one use a refresh token, short access tokens. */
export function createAuthorizationServer(parts: AuthorizationServerParts): Provider {
  const provider = new Provider(parts.issuer, configure(parts));
  if (parts.options.dpopNonces === "each-call") useSingleUseNonces(provider);
  addTokenExchange(provider, parts.options.resources);
  countEvents(provider, parts);
  return provider;
}

/** Where forms of this provider may lead: the origins of all registered redirect URIs. */
export function pagePolicy(options: ResolvedOptions): string {
  const uris = options.clients.flatMap((client) => [
    ...client.redirectUris,
    ...client.postLogoutRedirectUris,
  ]);
  return contentSecurityPolicy([...new Set(uris.map((uri) => new URL(uri).origin))]);
}

function configure(parts: AuthorizationServerParts): Configuration {
  const { options, store, people, frame } = parts;
  const firstParty = new Set(
    options.clients.filter((client) => client.firstParty).map((client) => client.clientId),
  );
  const resources = new Map(options.resources.map((resource) => [resource.indicator, resource]));

  return {
    adapter: (model: string) => store.adapterFor(model),
    clients: options.clients.map((client) => ({
      client_id: client.clientId,
      ...(client.clientSecret === undefined ? {} : { client_secret: client.clientSecret }),
      ...keysOf(client),
      ...certificateOf(client, options),
      authorization_details_types: [...options.authorizationDetailTypes],
      id_token_signed_response_alg: client.idTokenSigningAlgorithm,
      ...(options.signedResponses
        ? { authorization_signed_response_alg: client.idTokenSigningAlgorithm }
        : {}),
      dpop_bound_access_tokens: options.dpop === "required",
      client_name: options.appName,
      token_endpoint_auth_method: client.tokenEndpointAuthMethod,
      grant_types: [
        "authorization_code",
        ...(client.refreshTokens ? ["refresh_token" as const] : []),
        ...(client.clientCredentials ? ["client_credentials" as const] : []),
        ...(client.tokenExchange ? [TOKEN_EXCHANGE] : []),
      ],
      response_types: ["code"],
      redirect_uris: [...client.redirectUris],
      post_logout_redirect_uris: [...client.postLogoutRedirectUris],
      require_auth_time: true,
      ...(client.backchannelLogoutUri === undefined
        ? {}
        : {
            backchannel_logout_uri: client.backchannelLogoutUri,
            backchannel_logout_session_required: true,
          }),
    })),
    clientAuthMethods: [...SECRET_AND_KEY_METHODS, ...(options.mutualTls === undefined ? [] : TLS_METHODS)],
    jwks: { keys: parts.signingKeys.keys },
    cookies: {
      keys: [...parts.cookieKeys],
      names: { session: "idp-session", interaction: "idp-interaction", resume: "idp-resume" },
    },
    claims: scopeClaims(options.users),
    conformIdTokenClaims: false,
    clockTolerance: 0,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    rotateRefreshToken: options.rotateRefreshToken,
    // An API that wants a recent sign-in reads it there. @see RFC 9068 section 2.2.1
    extraTokenClaims: (ctx) => {
      const { AuthorizationCode: code, RefreshToken: refreshToken } = ctx.oidc.entities;
      const authTime = code?.authTime ?? refreshToken?.authTime;
      return authTime === undefined ? undefined : { auth_time: authTime };
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    loadExistingGrant: (ctx) => loadGrant(ctx, (clientId) => firstParty.has(clientId)),
    findAccount: (_ctx, sub) => {
      const user = people.bySub(sub);
      return user && { accountId: sub, claims: () => ({ ...user.claims, sub }) };
    },
    // oidc-provider's own dispatcher refuses loopback addresses, where all clients of a development provider live.
    fetch: (url, init) => {
      const { dispatcher: _refusesLoopback, ...rest } = (init ?? {}) as RequestInit & {
        dispatcher?: unknown;
      };
      return fetch(url, rest);
    },
    ttl: {
      AccessToken: (_ctx, token) => parts.accessTokenSecondsOf(token.accountId),
      AuthorizationCode: () => 60,
      ClientCredentials: () => options.accessTokenSeconds,
      IdToken: () => 3600,
      Interaction: () => 3600,
      Grant: () => TWO_WEEKS_SECONDS,
      RefreshToken: () => TWO_WEEKS_SECONDS,
      Session: () => TWO_WEEKS_SECONDS,
    },
    interactions: { policy: signInPolicy(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: true },
      clientCredentials: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: options.pushedRequests !== "never",
        requirePushedAuthorizationRequests: options.pushedRequests === "required",
      },
      requestObjects: {
        enabled: options.signedRequests !== "never",
        requireSignedRequestObject: options.signedRequests === "required",
      },
      jwtResponseModes: { enabled: options.signedResponses },
      richAuthorizationRequests: richRequests(options.authorizationDetailTypes),
      ...(options.mutualTls === undefined ? {} : { mTLS: MUTUAL_TLS }),
      dPoP: {
        enabled: options.dpop !== "never",
        nonceSecret: randomBytes(32),
        requireNonce: () => options.dpopNonces !== "never",
      },
      backchannelLogout: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => showPage(ctx, renderSignOutPage(frame, form)),
        postLogoutSuccessSource: (ctx) => showPage(ctx, renderSignedOutPage(frame)),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf,
        // With `true` a plain refresh would yield an API's JWT, and userinfo would refuse it.
        useGrantedResource: () => false,
        getResourceServerInfo: (_ctx, indicator) => {
          const resource = resources.get(indicator);
          if (resource === undefined) throw new errors.InvalidTarget();
          return {
            scope: resource.scopes.join(" "),
            audience: resource.audience ?? indicator,
            accessTokenFormat: "jwt" as const,
            jwt: { sign: { alg: "RS256" as const } },
          };
        },
      },
    },
    ...(parts.mutualTlsOrigin === undefined
      ? {}
      : {
          discovery: {
            mtls_endpoint_aliases: endpointAliases(parts.mutualTlsOrigin, options.pushedRequests !== "never"),
          },
        }),
    renderError: (ctx, out) =>
      showPage(ctx, renderProblemPage(frame, { error: out.error, description: out.error_description })),
  };
}

/** Whoever may sign in may have all that is asked for. */
function richRequests(types: readonly string[]) {
  return {
    enabled: true as const,
    types: Object.fromEntries(types.map((type) => [type, { validate: () => undefined }])),
    authorizationDetailsForGrantSource: ({ oidc }: KoaContextWithOIDC) =>
      requestedAccess(oidc.params ?? {}).details,
    authorizationDetailsForAccessToken: (
      _ctx: KoaContextWithOIDC,
      _token: unknown,
      source: { readonly rar?: readonly AuthorizationDetail[] | undefined } | undefined,
    ) => source?.rar ?? [],
    authorizationDetailsForIntrospection: (
      _ctx: KoaContextWithOIDC,
      token: { readonly rar?: readonly AuthorizationDetail[] | undefined },
    ) => token.rar ?? [],
  };
}

function keysOf({ jwks, jwksUri }: ResolvedClient): Pick<ClientMetadata, "jwks" | "jwks_uri"> {
  if (jwks !== undefined) return { jwks: { keys: jwks.keys.map((key) => ({ ...key })) } };
  return jwksUri === undefined ? {} : { jwks_uri: jwksUri };
}

/** What a client is known by, and whether its tokens are bound to it. @see RFC 8705 sections 2.1.2 and 3.4 */
function certificateOf(
  { clientId, tokenEndpointAuthMethod, certificateBoundTokens, certificateSubject }: ResolvedClient,
  { mutualTls }: ResolvedOptions,
): Partial<ClientMetadata> {
  if (mutualTls === undefined) return {};
  const subject = Object.entries(certificateSubject ?? { dn: `CN=${clientId}` }).map(([kind, value]) => [
    kind === "dn" ? "tls_client_auth_subject_dn" : `tls_client_auth_san_${kind}`,
    value,
  ]);
  return {
    tls_client_certificate_bound_access_tokens: certificateBoundTokens,
    ...(tokenEndpointAuthMethod === "tls_client_auth" ? Object.fromEntries(subject) : {}),
  };
}

async function showPage(ctx: KoaContextWithOIDC, page: Html): Promise<void> {
  ctx.type = "html";
  ctx.body = String(await page);
}

/** oidc-provider's policy, with `prompt=select_account` understood as signing in again. */
function signInPolicy(): interactionPolicy.Prompt[] {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  return policy;
}

function countEvents(provider: Provider, { counters, store }: AuthorizationServerParts): void {
  provider.on("authorization.success", (ctx) => {
    counters.add("authorizations", ctx.oidc.session?.accountId);
  });
  provider.on("grant.error", (ctx, error) => {
    const { RefreshToken: presented } = ctx.oidc.entities;
    if (error.error !== "invalid_grant" || presented?.consumed === undefined) return;
    counters.add("reuseDetected", presented.accountId);
  });
  provider.on("grant.revoked", (ctx, grantId) => {
    const accountId = store.accountOf("Grant", grantId);
    counters.add("grantsRevoked", accountId);
    if (ctx.oidc.route === "token") counters.add("grantsRevokedForReuse", accountId);
  });
}
