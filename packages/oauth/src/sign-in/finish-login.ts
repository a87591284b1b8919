import { authorizationCodeGrant } from "openid-client";
import { readAuthorizationError } from "./authorization-error.ts";
import type {
  AuthorizationError,
  AuthorizationErrorCode,
  AuthorizationRefusal,
} from "./authorization-error.ts";
import type { LoginTransaction } from "./begin-login.ts";
import type { StartExchange } from "../call/exchange.ts";
import { checkIdToken } from "../jwt/id-token.ts";
import type { IdTokenClaims } from "../jwt/id-token.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { CachedDocument } from "../call/cached-document.ts";
import type { ProviderMetadata } from "../setup/metadata.ts";
import { knownErrorCode } from "../token-endpoint/oauth-error-code.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { describeProtocolFailure } from "../token-endpoint/protocol-failure.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { readTokenResponse } from "../token-endpoint/token-response.ts";
import { toTokenSet } from "../token-endpoint/token-set.ts";
import type { TokenSet } from "../token-endpoint/token-set.ts";

export type LoginOutcome =
  | { readonly kind: "signed_in"; readonly tokens: TokenSet; readonly claims: IdTokenClaims }
  /** The provider answered with an error; `meaning` says whose matter it is. */
  | {
      readonly kind: "not_authorized";
      readonly meaning: AuthorizationRefusal["meaning"];
      readonly error: AuthorizationErrorCode;
    }
  /** The response or the ID token failed a check; nothing of it was used. `reason` is for logs. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export const MAX_TOKEN_RESPONSE_BYTES = 128 * 1_024;
const MAX_QUERY_LENGTH = 16 * 1_024;

/** What implicit, hybrid and JWT-secured responses carry; we asked for none of them (S-024). */
const FRONT_CHANNEL_PARAMETERS = ["access_token", "id_token", "token", "token_type", "response"];

export interface FinishLoginDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly startExchange: StartExchange;
  readonly ports: OAuthPorts;
}

/**
 * Checks the authorization response against its transaction, redeems the code, and checks what came.
 *
 * What can be refused without asking the provider is refused before it is asked.
 *
 * @see RFC 6749 section 4.1.2, RFC 9207 section 2.4, OpenID Connect Core section 3.1.3
 */
export async function finishLogin(
  rawQuery: string,
  transaction: LoginTransaction,
  { settings, metadata, startExchange, ports }: FinishLoginDependencies,
): Promise<LoginOutcome> {
  const parameters = new URLSearchParams(rawQuery);
  const problem =
    responseProblem(rawQuery, parameters) ?? transactionProblem(parameters, transaction, settings);
  if (problem !== undefined) return { kind: "refused", reason: problem };

  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  if (known.value.authorization_response_iss_parameter_supported === true && !parameters.has("iss")) {
    return { kind: "refused", reason: "iss_missing" };
  }
  const error = parameters.get("error");
  if (error !== null) return notAuthorized(readAuthorizationError(error));
  if (!parameters.get("code")) return { kind: "refused", reason: "code_missing" };

  const exchange = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    tokenResponse: true,
  });
  // From our configuration, never from the request's Host (S-007).
  const callbackUrl = new URL(transaction.redirectUri);
  callbackUrl.search = parameters.toString();
  try {
    await authorizationCodeGrant(exchange.configuration, callbackUrl, {
      expectedState: transaction.state,
      expectedNonce: transaction.nonce,
      pkceCodeVerifier: transaction.codeVerifier,
      idTokenExpected: true,
      ...(transaction.maxAge === undefined ? {} : { maxAge: transaction.maxAge }),
    });
  } catch (cause) {
    const keysProblem = exchange.keysProblem();
    if (keysProblem !== undefined) return { kind: "unavailable", reason: `keys_${keysProblem}` };
    return failedExchange(exchange.result(), cause);
  }
  return signedIn(exchange.result(), transaction, settings, ports);
}

function responseProblem(rawQuery: string, parameters: URLSearchParams): string | undefined {
  if (rawQuery.length > MAX_QUERY_LENGTH) return "response_too_long";
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length) return "duplicate_parameter";
  if (FRONT_CHANNEL_PARAMETERS.some((name) => parameters.has(name))) return "front_channel_token";
  return parameters.has("code") && parameters.has("error") ? "code_with_error" : undefined;
}

function transactionProblem(
  parameters: URLSearchParams,
  transaction: LoginTransaction,
  settings: ProviderSettings,
): string | undefined {
  if (transaction.state === "" || parameters.get("state") !== transaction.state) return "state_mismatch";
  if (
    transaction.iss !== settings.issuer ||
    transaction.clientId !== settings.clientId ||
    transaction.redirectUri !== settings.redirectUri
  ) {
    return "transaction_of_another_provider";
  }
  const iss = parameters.get("iss");
  return iss !== null && iss !== transaction.iss ? "iss_mismatch" : undefined;
}

function notAuthorized({ code, meaning }: AuthorizationError): LoginOutcome {
  return meaning === "unavailable"
    ? { kind: "unavailable", reason: code }
    : { kind: "not_authorized", meaning, error: code };
}

function failedExchange(result: CallResult | undefined, cause: unknown): LoginOutcome {
  if (result === undefined) return { kind: "refused", reason: describeProtocolFailure(cause) };
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const { status, body } = result;
  if (status >= 500 || status === 408 || status === 429)
    return { kind: "unavailable", reason: `status_${status}` };
  if (body.kind === "unreadable") {
    const isRetryable = body.reason === "timeout" || body.reason === "connection_lost";
    return { kind: isRetryable ? "unavailable" : "refused", reason: body.reason };
  }
  if (status !== 200) {
    const error = parseJsonObject(body.text)?.["error"];
    return { kind: "refused", reason: `status_${status}:${knownErrorCode(error)}` };
  }
  const read = readTokenResponse(body.text);
  return {
    kind: "refused",
    reason: read.kind === "unreadable" ? read.reason : `id_token:${describeProtocolFailure(cause)}`,
  };
}

async function signedIn(
  result: CallResult | undefined,
  transaction: LoginTransaction,
  settings: ProviderSettings,
  ports: OAuthPorts,
): Promise<LoginOutcome> {
  if (result?.kind !== "reply" || result.body.kind !== "text")
    return { kind: "refused", reason: "no_answer" };
  const read = readTokenResponse(result.body.text);
  if (read.kind === "unreadable") return { kind: "refused", reason: read.reason };
  const { id_token: idToken, access_token: accessToken } = read.members;
  if (idToken === undefined) return { kind: "refused", reason: "id_token:missing" };

  const check = await checkIdToken(idToken, accessToken, settings, ports.nowMs());
  if (check.kind === "refused") return check;
  const { claims } = check;
  if (transaction.acrValues !== undefined && !transaction.acrValues.split(" ").includes(claims.acr ?? "")) {
    return { kind: "refused", reason: "id_token:acr" };
  }
  const tokens = toTokenSet(read.members, result.sentAtMs, transaction.scope);
  reportShortcomings(tokens, transaction, settings, ports);
  return { kind: "signed_in", tokens, claims };
}

function reportShortcomings(
  tokens: TokenSet,
  transaction: LoginTransaction,
  settings: ProviderSettings,
  ports: OAuthPorts,
): void {
  const granted = tokens.scope.split(" ");
  // offline_access is asked for the refresh token, and seldom listed.
  const missing = transaction.scope
    .split(" ")
    .filter((scope) => scope !== "offline_access" && scope !== "openid" && !granted.includes(scope));
  if (missing.length > 0) ports.log?.({ event: "scope_reduced", issuer: settings.issuer, missing });
  if (tokens.refreshToken === undefined) {
    const advice = settings.preset.refreshBehaviour.missingRefreshTokenAdvice;
    ports.log?.({ event: "refresh_token_missing", issuer: settings.issuer, advice });
  }
}
