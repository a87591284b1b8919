import { base64url } from "jose";
import { buildAuthorizationUrl, calculatePKCECodeChallenge } from "openid-client";
import type { BeginLoginRequest } from "./begin-login-request.ts";
import type { Dpop } from "../dpop/dpop.ts";
import { generateDpopKey } from "../dpop/dpop-key.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import { usesDpop } from "../dpop/uses-dpop.ts";
import type { StartExchange } from "../call/exchange.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { ClientSigner } from "../client-auth/client-signer.ts";
import { signRequest } from "./sign-request.ts";
import type { PushRequest } from "./push-request.ts";

/** Everything the callback needs, sealed into the transaction cookie (S-006). JSON only. */
export interface LoginTransaction {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly iss: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly resources: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly acrValues?: string;
  /** What the tokens are to be bound to. */
  readonly dpopKey?: DpopKey;
}

const RANDOM_BYTE_COUNT = 32;

/**
 * Makes the authorization URL: `code` with PKCE S256, `state` and `nonce`, whatever the metadata lists; plain OAuth knows no `nonce`.
 *
 * @throws {OAuthError} `provider_unreachable`, `login_not_accepted` (both when pushing)
 * @see RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core section 3.1.2.1
 */
export async function beginLogin(
  request: BeginLoginRequest,
  metadata: ProviderMetadata,
  {
    settings,
    startExchange,
    push,
    dpop,
    signer,
    ports,
  }: {
    readonly settings: ProviderSettings;
    readonly startExchange: StartExchange;
    readonly push: PushRequest;
    readonly dpop: Dpop;
    /** Needed where requests are signed. */
    readonly signer: ClientSigner | undefined;
    readonly ports: OAuthPorts;
  },
): Promise<{ readonly url: string; readonly transaction: LoginTransaction }> {
  const random = (): string =>
    base64url.encode(
      ports.randomBytes?.(RANDOM_BYTE_COUNT) ?? crypto.getRandomValues(new Uint8Array(RANDOM_BYTE_COUNT)),
    );
  const dpopKey = usesDpop(settings, metadata) ? await generateDpopKey() : undefined;
  const transaction: LoginTransaction = {
    state: random(),
    nonce: random(),
    codeVerifier: random(),
    iss: settings.issuer,
    clientId: settings.clientId,
    redirectUri: settings.redirectUri,
    scope: settings.scope,
    resources: settings.resources,
    ...(request.maxAge === undefined ? {} : { maxAge: request.maxAge }),
    ...(request.acrValues === undefined ? {} : { acrValues: request.acrValues }),
    ...(dpopKey === undefined ? {} : { dpopKey }),
  };
  const parameters = new URLSearchParams({
    // First, so that nothing below is overridden by it.
    ...settings.preset.authorizationParameters,
    ...settings.authorizationParameters,
    ...request.parameters,
    client_id: settings.clientId,
    response_type: "code",
    redirect_uri: settings.redirectUri,
    ...(settings.scope === "" ? {} : { scope: settings.scope }),
    state: transaction.state,
    ...(settings.preset.hasNonce ? { nonce: transaction.nonce } : {}),
    ...(settings.pkce === "never"
      ? {}
      : {
          code_challenge: await calculatePKCECodeChallenge(transaction.codeVerifier),
          code_challenge_method: "S256",
        }),
  });
  const prompt = promptFor(request, settings);
  if (prompt !== "" && settings.preset.hasPrompt) parameters.set("prompt", prompt);
  for (const resource of settings.resources) parameters.append("resource", resource);
  if (request.maxAge !== undefined) parameters.set("max_age", String(request.maxAge));
  if (request.acrValues !== undefined) parameters.set("acr_values", request.acrValues);

  if (settings.signedResponses) parameters.set("response_mode", "jwt");
  if (settings.authorizationDetails !== undefined)
    parameters.set("authorization_details", settings.authorizationDetails);
  // A code that somebody else gets hold of is worth nothing without the key. @see RFC 9449 section 10
  if (dpopKey !== undefined) parameters.set("dpop_jkt", await dpop.thumbprint(dpopKey));

  const { configuration } = startExchange(metadata, { timeoutMs: 0, maxBytes: 0 });
  const asked =
    settings.signedRequests && signer !== undefined
      ? await signRequest(parameters, configuration, signer, ports.nowMs())
      : parameters;
  const pushed = await push(metadata, asked);
  const sent = pushed.kind === "pushed" ? { request_uri: pushed.requestUri } : asked;
  return { url: buildAuthorizationUrl(configuration, sent).href, transaction };
}

/** What the person is asked at the provider; `""`: nothing that it wouldn't ask by itself. */
function promptFor(request: BeginLoginRequest, { preset, prompt, scope }: ProviderSettings): string {
  const asksConsent =
    preset.asksConsent === "always" ||
    (preset.asksConsent === "for_offline_access" && scope.split(" ").includes("offline_access"));
  const standing = prompt ?? (asksConsent ? "consent" : "");
  if (request.prompt === undefined) return standing;
  const asked = request.prompt === "login" ? (preset.loginPrompt ?? "login") : request.prompt;
  // Without consent beside it, signing in as somebody else would yield no refresh token. `none` stands alone.
  const isConsentMissing = standing.split(" ").includes("consent") && asked !== "consent" && asked !== "none";
  return isConsentMissing ? `${asked} consent` : asked;
}
