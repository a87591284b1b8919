import { genericGrantRequest } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { isBindingMissing } from "../client-auth/certificate-binding.ts";
import type { OpenedCertificate } from "../client-auth/client-certificate.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { sortTokenAnswer } from "./token-answer.ts";
import type { FailedTokenAnswer } from "./token-answer.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "./token-response.ts";
import { toTokenSet } from "./token-set.ts";
import type { TokenSet } from "./token-set.ts";

/** What a token is wanted for; what is left out isn't sent, and the provider decides. */
export interface ExchangeTarget {
  /** The provider's name of the API. */
  readonly audience?: string;
  /** Resource indicator (RFC 8707). */
  readonly resource?: string;
  /** Space separated. */
  readonly scope?: string;
}

export interface TokenExchangeRequest extends ExchangeTarget {
  /** The person's own access token. */
  readonly subjectToken: string;
  /** What the new token is to be bound to: the key of the old one, if that is bound. */
  readonly dpopKey?: DpopKey;
}

/** An access token of the same person for another API. */
export type TokenExchangeOutcome =
  | {
      readonly kind: "success";
      readonly tokens: Pick<TokenSet, "accessToken" | "issuedAt" | "expiresAt" | "scope">;
      /** It is bound to the key that was given. */
      readonly isBound: boolean;
    }
  | FailedTokenAnswer;

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
/** An access token that is said to be a JWT is one. Absent: some providers leave it out. */
const ISSUED: ReadonlySet<string | undefined> = new Set([
  undefined,
  ACCESS_TOKEN,
  "urn:ietf:params:oauth:token-type:jwt",
]);

/** Gets an access token for another API in exchange for the person's own. Never throws. @see RFC 8693 section 2 */
export async function exchangeToken(
  { subjectToken, audience, resource, scope, dpopKey }: TokenExchangeRequest,
  {
    settings,
    metadata,
    startExchange,
    certificate,
    ports,
  }: {
    readonly settings: ProviderSettings;
    readonly metadata: CachedDocument<ProviderMetadata>;
    readonly startExchange: StartExchange;
    /** What tokens are bound to, where they are bound to one. */
    readonly certificate: OpenedCertificate | undefined;
    readonly ports: OAuthPorts;
  },
): Promise<TokenExchangeOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unsent", reason: `metadata_${known.reason}` };
  const call = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    ...(dpopKey === undefined ? {} : { dpopKey }),
  });
  const parameters: Record<string, string> = {
    subject_token: subjectToken,
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  };
  const result = await call.ask((configuration) =>
    genericGrantRequest(configuration, GRANT_TYPE, parameters),
  );
  const answer = sortTokenAnswer(result, () => false, ports.nowMs());
  if (answer.kind !== "success") return answer;
  const { members, sentAtMs } = answer;
  const isBound = dpopKey !== undefined && members.token_type === "dpop";
  // Something else than an access token ("N_A"), or one that a key is needed for that isn't ours.
  if (!ISSUED.has(members.issued_token_type) || !(isBound || members.token_type === "bearer"))
    return { kind: "unreadable", reason: "token_type_unknown", status: 200 };
  if (!isBound && settings.dpop === "required")
    return { kind: "unreadable", reason: "token_type_not_dpop", status: 200 };
  const {
    accessToken,
    issuedAt,
    expiresAt,
    scope: granted,
  } = toTokenSet(members, sentAtMs, scope ?? "", settings);
  if (isBindingMissing(accessToken, settings, certificate))
    return { kind: "unreadable", reason: "access_token_not_bound", status: 200 };
  return { kind: "success", tokens: { accessToken, issuedAt, expiresAt, scope: granted }, isBound };
}
