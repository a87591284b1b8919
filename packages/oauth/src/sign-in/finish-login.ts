import { authorizationCodeGrant } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import { reportIgnoredDpop } from "../dpop/uses-dpop.ts";
import { checkSignInIdToken } from "../jwt/id-token.ts";
import type { IdTokenClaims } from "../jwt/id-token-claims.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import { isBindingMissing } from "../client-auth/certificate-binding.ts";
import type { OpenedCertificate } from "../client-auth/client-certificate.ts";
import { parseAuthorizationDetails } from "../setup/authorization-details.ts";
import type { AuthorizationDetail } from "../setup/authorization-details.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { askProfile } from "../access-token/profile.ts";
import { sortTokenAnswer } from "../token-endpoint/token-answer.ts";
import type { FailedTokenAnswer, TokenRefusal } from "../token-endpoint/token-answer.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "../token-endpoint/token-response.ts";
import type { TokenResponseMembers } from "../token-endpoint/token-response.ts";
import { toTokenSet } from "../token-endpoint/token-set.ts";
import type { TokenSet } from "../token-endpoint/token-set.ts";
import { readAuthorizationError } from "./authorization-error.ts";
import type {
  AuthorizationError,
  AuthorizationErrorCode,
  AuthorizationRefusal,
} from "./authorization-error.ts";
import { promiseProblem, responseProblem } from "./authorization-response.ts";
import type { LoginTransaction } from "./begin-login.ts";
import { compareDetails, readGrantedDetails } from "./granted-details.ts";
import { openSignedResponse } from "./signed-response.ts";
import { completeClaims } from "./complete-claims.ts";

export type LoginRefusal = RefusalReason<
  "callback" | "code" | "tokenResponse" | "signature" | "idToken" | "profile"
>;

export type LoginOutcome =
  | {
      readonly kind: "signed_in";
      readonly tokens: TokenSet;
      readonly claims: IdTokenClaims;
      /** The tokens are bound to it: refreshes, UserInfo and API calls prove that they have it. */
      readonly dpopKey?: DpopKey;
      /** What was granted in detail, where something was asked for; without tokens. @see RFC 9396 section 7 */
      readonly authorizationDetails?: readonly AuthorizationDetail[];
    }
  /** The provider answered with an error; `meaning` says whose matter it is. */
  | {
      readonly kind: "not_authorized";
      readonly meaning: AuthorizationRefusal["meaning"];
      readonly error: AuthorizationErrorCode;
    }
  /** The response or the ID token failed a check; nothing of it was used. `reason` is for logs. */
  | {
      readonly kind: "refused";
      readonly reason: LoginRefusal;
      /** Of the provider's answer to the code, where that is what went wrong. */
      readonly status?: number;
      readonly error?: TokenRefusal;
    }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface FinishLoginDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly keys: SigningKeys;
  readonly startExchange: StartExchange;
  /** What tokens are bound to, where they are bound to one. */
  readonly certificate: OpenedCertificate | undefined;
  readonly ports: OAuthPorts;
}

/**
 * Checks the authorization response against its transaction, redeems the code, and checks what came.
 *
 * What can be refused without asking the provider is refused before it is asked.
 *
 * @see RFC 6749 section 4.1.2, OpenID Connect Core section 3.1.3
 */
export async function finishLogin(
  rawResponse: string,
  transaction: LoginTransaction,
  dependencies: FinishLoginDependencies,
): Promise<LoginOutcome> {
  const { settings, metadata, startExchange, ports } = dependencies;
  const opened = settings.signedResponses
    ? await openSignedResponse(rawResponse, { ...dependencies, nowMs: ports.nowMs() })
    : ({ kind: "opened", rawQuery: rawResponse } as const);
  if (opened.kind !== "opened") return opened;
  const { rawQuery } = opened;
  const parameters = new URLSearchParams(rawQuery);
  const problem = responseProblem(rawQuery, parameters, transaction, settings);
  if (problem !== undefined) return { kind: "refused", reason: problem };
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  const broken = promiseProblem(parameters, known.value, settings);
  if (broken !== undefined) return { kind: "refused", reason: broken };
  const error = parameters.get("error");
  if (error !== null) return notAuthorized(readAuthorizationError(error));

  const exchange = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    ...(transaction.dpopKey === undefined ? {} : { dpopKey: transaction.dpopKey }),
  });
  // From our configuration, never from the request's Host (S-007).
  const callbackUrl = new URL(transaction.redirectUri);
  callbackUrl.search = parameters.toString();
  const result = await exchange.ask((configuration) =>
    authorizationCodeGrant(configuration, callbackUrl, {
      expectedState: transaction.state,
      ...(settings.pkce === "never" ? {} : { pkceCodeVerifier: transaction.codeVerifier }),
    }),
  );
  const answer = sortTokenAnswer(result, settings.preset.isTerminal, ports.nowMs());
  return answer.kind === "success"
    ? signIn(answer.members, answer.sentAtMs, transaction, dependencies)
    : notRedeemed(answer);
}

function notAuthorized({ code, meaning }: AuthorizationError): LoginOutcome {
  return meaning === "unavailable"
    ? { kind: "unavailable", reason: code }
    : { kind: "not_authorized", meaning, error: code };
}

const REFUSAL_OF = {
  terminal: "code_refused",
  client: "client_refused",
  refused: "token_request_refused",
} as const satisfies Record<string, LoginRefusal>;

/** A code is worth nothing after this: all that counts is whether another sign-in may go better. */
function notRedeemed(answer: FailedTokenAnswer): LoginOutcome {
  const { kind, reason } = answer;
  switch (kind) {
    case "terminal":
    case "client":
    case "refused": {
      const { status, reason: error } = answer;
      return { kind: "refused", reason: REFUSAL_OF[kind], status, error };
    }
    case "unsent":
      return reason === "request_not_possible"
        ? { kind: "refused", reason }
        : { kind: "unavailable", reason };
    case "unreadable":
      return { kind: "refused", reason: answer.reason, status: answer.status };
    default: {
      const { status = 0 } = answer;
      return status >= 300 && status < 400
        ? { kind: "refused", reason: "token_response_redirects", status }
        : { kind: "unavailable", reason };
    }
  }
}

async function signIn(
  members: TokenResponseMembers,
  sentAtMs: number,
  transaction: LoginTransaction,
  dependencies: FinishLoginDependencies,
): Promise<LoginOutcome> {
  const { settings, ports } = dependencies;
  const { token_type: tokenType, access_token: accessToken } = members;
  const isBound = tokenType === "dpop" && transaction.dpopKey !== undefined;
  if (tokenType !== "bearer" && !isBound) {
    return { kind: "refused", reason: tokenType === undefined ? "token_type_missing" : "token_type_unknown" };
  }
  // Without this, a provider that ignores the proof would hand out tokens that anybody can use.
  if (!isBound && settings.dpop === "required") return { kind: "refused", reason: "token_type_not_dpop" };
  if (isBindingMissing(accessToken, settings, dependencies.certificate))
    return { kind: "refused", reason: "access_token_not_bound" };
  const bound = isBound && transaction.dpopKey !== undefined ? { dpopKey: transaction.dpopKey } : {};
  const found =
    settings.profileClaims === undefined
      ? await identifyByIdToken(members, { accessToken, ...bound }, transaction, dependencies)
      : await identifyByProfile({ accessToken, ...bound }, transaction, dependencies);
  if (found.kind !== "identified") return found;
  const { idToken, ...tokens } = toTokenSet(members, sentAtMs, transaction.scope, settings);
  reportShortcomings(tokens, transaction, settings, ports);
  if (!isBound && transaction.dpopKey !== undefined) reportIgnoredDpop(settings, ports);
  // Kept for signing out at the provider: one that wasn't verified is good for nothing.
  const kept =
    idToken === undefined || settings.profileClaims !== undefined ? tokens : { ...tokens, idToken };
  const granted = detailsOf(members, settings, ports);
  return { kind: "signed_in", tokens: kept, claims: found.claims, ...bound, ...granted };
}

type Identified =
  | { readonly kind: "identified"; readonly claims: IdTokenClaims }
  | Extract<LoginOutcome, { readonly kind: "refused" | "unavailable" }>;

type Bearer = Parameters<typeof completeClaims>[1];

async function identifyByIdToken(
  { id_token: idToken }: TokenResponseMembers,
  token: Bearer,
  { nonce, maxAge, acrValues }: LoginTransaction,
  dependencies: FinishLoginDependencies,
): Promise<Identified> {
  const { settings, keys, ports } = dependencies;
  if (idToken === undefined) return { kind: "refused", reason: "id_token_missing" };
  const expected = {
    accessToken: token.accessToken,
    ...(settings.preset.hasNonce ? { nonce } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
  };
  const check = await checkSignInIdToken(idToken, expected, { settings, keys, nowMs: ports.nowMs() });
  if (check.kind === "refused") return check;
  if (check.kind === "unavailable") return { kind: "unavailable", reason: `keys_${check.reason}` };
  return { kind: "identified", claims: await completeClaims(check.claims, token, dependencies) };
}

/** Plain OAuth: whose token it is counts as who signed in. @see https://oauth.net/articles/authentication/ */
async function identifyByProfile(
  token: Bearer,
  { maxAge, acrValues }: LoginTransaction,
  dependencies: FinishLoginDependencies,
): Promise<Identified> {
  // Nobody says when and how the person signed in, so what was asked for can't have been met.
  if (maxAge !== undefined) return { kind: "refused", reason: "auth_time_missing" };
  if (acrValues !== undefined) return { kind: "refused", reason: "acr_missing" };
  const { settings, ports } = dependencies;
  const outcome = await askProfile(token, dependencies);
  switch (outcome.kind) {
    case "claims": {
      const iat = Math.floor(ports.nowMs() / 1_000);
      return { kind: "identified", claims: { ...outcome.claims, iss: settings.issuer, iat } };
    }
    case "token_refused":
      return { kind: "refused", reason: "profile_token_refused", status: 401 };
    default:
      return outcome;
  }
}

/** Says what was granted in detail, and reports where it isn't what was asked for. */
function detailsOf(
  members: TokenResponseMembers,
  { authorizationDetails: asked, issuer }: ProviderSettings,
  { log }: OAuthPorts,
): { readonly authorizationDetails?: readonly AuthorizationDetail[] } {
  if (asked === undefined) return {};
  const tokens = [members.access_token, members.refresh_token ?? "", members.id_token ?? ""];
  const authorizationDetails = readGrantedDetails(members.authorization_details, tokens);
  const difference = compareDetails(parseAuthorizationDetails(asked) ?? [], authorizationDetails);
  if (difference !== undefined) log?.({ event: "authorization_details_differ", issuer, ...difference });
  return { authorizationDetails };
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
    .filter(
      (scope) => scope !== "" && scope !== "offline_access" && scope !== "openid" && !granted.includes(scope),
    );
  if (missing.length > 0) ports.log?.({ event: "scope_reduced", issuer: settings.issuer, missing });
}
