import { tokenIntrospection } from "openid-client";
import { isJwt, verifyAccessToken } from "./access-token.ts";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import { sendTokenByJson } from "./token-by-json.ts";
import { readTokenFacts } from "./token-facts.ts";
import type { AccessTokenFacts } from "./token-facts.ts";

export type ValidateOutcome =
  | { readonly kind: "facts"; readonly facts: AccessTokenFacts }
  | { readonly kind: "unsupported"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface ValidateDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly keys: SigningKeys;
  readonly startExchange: StartExchange;
  readonly ports: OAuthPorts;
}

const MAX_FACTS_BYTES = 64 * 1_024;

/**
 * Finds out what an access token is worth: a JWT tells by itself where it can be verified here; else the provider is
 * asked, if it offers that. Never throws.
 *
 * @see RFC 7662, RFC 9068
 */
export async function validate(
  request: { readonly accessToken: string; readonly resource: string },
  dependencies: ValidateDependencies,
): Promise<ValidateOutcome> {
  const { settings, metadata, keys, ports } = dependencies;
  const { accessToken, resource } = request;
  if (settings.preset.tokenValidation === "tokeninfo") return askTokeninfo(accessToken, settings, ports);
  if (settings.preset.tokenValidation === "json") return askByJson(accessToken, settings, ports);
  const known = settings.profileClaims === undefined ? undefined : await metadata.get();
  const isKeyless = known?.kind === "fetched" && known.value.jwks_uri === undefined;
  if (isKeyless || !isJwt(accessToken)) return introspect(accessToken, dependencies);

  const check = await verifyAccessToken(accessToken, resource, settings, keys, ports.nowMs());
  if (check.kind === "decided") {
    return { kind: "facts", facts: readTokenFacts(check.active, "jwt", check.claims) };
  }
  const asked = await introspect(accessToken, dependencies);
  if (asked.kind === "facts") return asked;
  if (check.kind === "unavailable") return { kind: "unavailable", reason: `keys_${check.reason}` };
  if (check.isForged) return { kind: "facts", facts: readTokenFacts(false, "jwt", {}) };
  return asked.kind === "unavailable" ? asked : { kind: "unsupported", reason: check.reason };
}

async function introspect(
  accessToken: string,
  { settings, metadata, startExchange }: ValidateDependencies,
): Promise<ValidateOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  if (known.value.introspection_endpoint === undefined) {
    return { kind: "unsupported", reason: "introspection_endpoint_missing" };
  }
  const exchange = startExchange(known.value, {
    timeoutMs: settings.requestTimeoutMs,
    maxBytes: MAX_FACTS_BYTES,
  });
  const result = await exchange.ask((configuration) =>
    tokenIntrospection(configuration, accessToken, { token_type_hint: "access_token" }),
  );
  if (result?.kind !== "reply" || result.status < 200 || result.status > 299) return notAnswered(result);
  const claims = answeredObject(result);
  const active = claims?.["active"];
  // A guess would call a token active or inactive that nobody has called so.
  if (claims === undefined || typeof active !== "boolean") return notAnswered(result);
  // RFC 7662 section 2.2: of an inactive token nothing else is said.
  return { kind: "facts", facts: readTokenFacts(active, "introspection", active ? claims : {}) };
}

/** Google's own: no client authentication; the token in the body and not in the URL. */
async function askTokeninfo(
  accessToken: string,
  settings: ProviderSettings,
  ports: OAuthPorts,
): Promise<ValidateOutcome> {
  const { tokeninfo } = settings.endpoints;
  if (tokeninfo === undefined) return { kind: "unsupported", reason: "tokeninfo_endpoint_missing" };
  const result = await callProvider(
    {
      url: tokeninfo,
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      },
      body: new URLSearchParams({ access_token: accessToken }).toString(),
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_FACTS_BYTES,
    },
    ports,
  );
  const inactive: ValidateOutcome = { kind: "facts", facts: readTokenFacts(false, "tokeninfo", {}) };
  if (result.kind === "reply" && result.status === 400) return inactive;
  if (result.kind !== "reply" || result.status !== 200) return notAnswered(result);
  const claims = answeredObject(result);
  if (claims === undefined) return notAnswered(result);
  const isOurs = claims["aud"] === settings.clientId || claims["azp"] === settings.clientId;
  return isOurs ? { kind: "facts", facts: readTokenFacts(true, "tokeninfo", claims) } : inactive;
}

/** A token that isn't one of this application's is answered with 404. */
async function askByJson(
  accessToken: string,
  settings: ProviderSettings,
  ports: OAuthPorts,
): Promise<ValidateOutcome> {
  const { tokeninfo } = settings.endpoints;
  if (tokeninfo === undefined) return { kind: "unsupported", reason: "tokeninfo_endpoint_missing" };
  const result = await sendTokenByJson("POST", tokeninfo, accessToken, settings, ports);
  if (result.kind === "reply" && [404, 422].includes(result.status))
    return { kind: "facts", facts: readTokenFacts(false, "tokeninfo", {}) };
  if (result.kind !== "reply" || result.status !== 200) return notAnswered(result);
  const answer = answeredObject(result);
  if (answer === undefined) return notAnswered(result);
  const { scopes, expires_at: expiresAt } = answer;
  const expiresAtMs = typeof expiresAt === "string" ? Date.parse(expiresAt) : Number.NaN;
  const claims = {
    scope: scopes,
    aud: settings.clientId,
    ...(Number.isNaN(expiresAtMs) ? {} : { exp: expiresAtMs / 1_000 }),
  };
  const active = Number.isNaN(expiresAtMs) || expiresAtMs > ports.nowMs();
  return { kind: "facts", facts: readTokenFacts(active, "tokeninfo", claims) };
}

function answeredObject(result: CallResult | undefined): JsonObject | undefined {
  return result?.kind === "reply" && result.body.kind === "text"
    ? parseJsonObject(result.body.text)
    : undefined;
}

function notAnswered(result: CallResult | undefined): ValidateOutcome {
  if (result === undefined) return { kind: "unsupported", reason: "request_not_possible" };
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  if (result.body.kind === "unreadable") return { kind: "unavailable", reason: result.body.reason };
  return { kind: "unavailable", reason: result.status < 300 ? "malformed" : `status_${result.status}` };
}
