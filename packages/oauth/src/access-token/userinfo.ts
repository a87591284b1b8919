import { profileSchema } from "@coatcheck/contract";
import type { Profile } from "@coatcheck/contract";
import { fetchUserInfo } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { UnreadableReason } from "../call/provider-call.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import { audiencesOf, isNumericDate, isSet, kindProblem } from "../jwt/id-token-claims.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { withoutTokens } from "./page-profile.ts";
import { askProfile } from "./profile.ts";
import type { ProfileOutcome } from "./profile.ts";

export type UserinfoRefusal = RefusalReason<"userinfo" | "profile" | "signature"> | `status_${number}`;

export type UserinfoOutcome =
  | { readonly kind: "profile"; readonly profile: Profile }
  /** 401 `invalid_token`. */
  | { readonly kind: "token_refused" }
  | { readonly kind: "refused"; readonly reason: UserinfoRefusal }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface UserinfoRequest {
  readonly accessToken: string;
  /** What the access token is bound to, if anything. */
  readonly dpopKey?: DpopKey;
  readonly sub: string;
  /** The session's other tokens; what holds one is left out of the profile, as is what holds the access token. */
  readonly ownTokens?: readonly string[];
}

export interface UserinfoDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly keys: SigningKeys;
  readonly startExchange: StartExchange;
  readonly ports: OAuthPorts;
}

type Claims =
  | { readonly kind: "claims"; readonly claims: JsonObject }
  | Extract<UserinfoOutcome, { readonly kind: "refused" | "unavailable" }>;

type Asked = Claims | Extract<UserinfoOutcome, { readonly kind: "token_refused" }>;

const MAX_USERINFO_BYTES = 64 * 1_024;

const UNREADABLE_REFUSAL = {
  too_large: "userinfo_too_large",
  not_utf8: "userinfo_not_utf8",
  undecodable: "userinfo_undecodable",
  timeout: undefined,
  connection_lost: undefined,
} as const satisfies Record<UnreadableReason, RefusalReason<"userinfo"> | undefined>;

/**
 * What the provider says of the person: UserInfo, or the profile of a plain OAuth provider. Tokens in it are left out. Never throws.
 */
export async function userinfo(
  request: UserinfoRequest,
  dependencies: UserinfoDependencies,
): Promise<UserinfoOutcome> {
  const asked =
    dependencies.settings.profileClaims === undefined
      ? await askUserinfo(request, dependencies)
      : ofSamePerson(await askProfile(request, dependencies), request.sub);
  if (asked.kind !== "claims") return asked;
  const { claims } = asked;
  const ownTokens = [request.accessToken, ...(request.ownTokens ?? [])];
  const parsed = profileSchema.safeParse({ ...withoutTokens(claims, ownTokens), sub: request.sub });
  return parsed.success
    ? { kind: "profile", profile: parsed.data }
    : { kind: "refused", reason: "userinfo_not_an_object" };
}

function ofSamePerson(outcome: ProfileOutcome, sub: string): Asked {
  if (outcome.kind === "refused") {
    const { reason, status } = outcome;
    return { kind: "refused", reason: status === undefined ? reason : `status_${status}` };
  }
  return outcome.kind === "claims" && outcome.claims.sub !== sub
    ? { kind: "refused", reason: "profile_sub_mismatch" }
    : outcome;
}

/**
 * Asks UserInfo, with the token in the header; the answer must be a JSON object, or a JWT that the provider signed, about
 * `sub`.
 *
 * @see OpenID Connect Core section 5.3
 */
async function askUserinfo(request: UserinfoRequest, dependencies: UserinfoDependencies): Promise<Asked> {
  const { settings, metadata, startExchange } = dependencies;
  const refused = (reason: UserinfoRefusal): Asked => ({ kind: "refused", reason });
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  if (known.value.userinfo_endpoint === undefined) return refused("userinfo_endpoint_missing");

  const exchange = startExchange(known.value, {
    timeoutMs: settings.requestTimeoutMs,
    maxBytes: MAX_USERINFO_BYTES,
    ...(request.dpopKey === undefined ? {} : { dpopKey: request.dpopKey }),
  });
  const result = await exchange.ask((configuration) =>
    fetchUserInfo(configuration, request.accessToken, request.sub),
  );
  if (result === undefined) return refused("userinfo_endpoint_missing");
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const { status, body } = result;
  if (status === 401) return { kind: "token_refused" };
  if (status >= 500 || status === 408 || status === 429)
    return { kind: "unavailable", reason: `status_${status}` };
  if (status < 200 || status > 299) return refused(`status_${status}`);
  if (body.kind === "unreadable") {
    const refusal = UNREADABLE_REFUSAL[body.reason];
    return refusal === undefined ? { kind: "unavailable", reason: body.reason } : refused(refusal);
  }
  const read = await readClaims(body.text, dependencies);
  if (read.kind !== "claims") return read;
  const { claims } = read;
  if (!isSet(claims["sub"])) return refused("userinfo_sub_missing");
  return claims["sub"] === request.sub ? read : refused("userinfo_sub_mismatch");
}

/** By what it is and not by what the header calls it: a signed answer is verified under any content type. */
async function readClaims(text: string, dependencies: UserinfoDependencies): Promise<Claims> {
  const trimmed = text.trim();
  if (!/^[\w-]+(?:\.[\w-]*){2,4}$/.test(trimmed)) {
    const claims = parseJsonObject(text);
    return claims === undefined
      ? { kind: "refused", reason: "userinfo_not_an_object" }
      : { kind: "claims", claims };
  }
  const check = await dependencies.keys.verify(trimmed, "provider");
  if (check.kind === "unavailable") return { kind: "unavailable", reason: `keys_${check.reason}` };
  if (check.kind === "refused") return check;
  const { header, claims } = check;
  const { settings, ports } = dependencies;
  if (kindProblem(header, claims) !== undefined) return { kind: "refused", reason: "userinfo_typ_mismatch" };
  const { iss, aud, exp } = claims;
  if (isSet(iss) && !(settings.tokenIssuers as readonly unknown[]).includes(iss))
    return { kind: "refused", reason: "userinfo_iss_mismatch" };
  if (isSet(aud) && !audiencesOf(aud).includes(settings.clientId)) {
    return { kind: "refused", reason: "userinfo_aud_mismatch" };
  }
  const isOver =
    isSet(exp) && !(isNumericDate(exp) && exp > ports.nowMs() / 1_000 - settings.clockToleranceSeconds);
  return isOver ? { kind: "refused", reason: "userinfo_expired" } : { kind: "claims", claims };
}
