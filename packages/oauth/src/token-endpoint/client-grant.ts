import { clientCredentialsGrant } from "openid-client";
import type { StartExchange } from "../call/exchange.ts";
import type { CachedDocument } from "../call/cached-document.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import { usesDpop } from "../dpop/uses-dpop.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { isBindingMissing } from "../client-auth/certificate-binding.ts";
import type { OpenedCertificate } from "../client-auth/client-certificate.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { sortTokenAnswer } from "./token-answer.ts";
import type { FailedTokenAnswer } from "./token-answer.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "./token-response.ts";
import { toTokenSet } from "./token-set.ts";
import type { TokenSet } from "./token-set.ts";

export interface ClientGrantRequest {
  /** `""` is the provider's own choice; anything else is sent as `resource` (RFC 8707). */
  readonly resource: string;
  /** Space separated; `""`: none is sent, and the provider grants what this client may have. */
  readonly scope: string;
}

/** A token of the application itself, which nobody has signed in for. */
export type ClientGrantOutcome =
  | {
      readonly kind: "success";
      readonly tokens: Pick<TokenSet, "accessToken" | "issuedAt" | "expiresAt" | "scope">;
      /** The token is bound to it. */
      readonly dpopKey?: DpopKey;
    }
  | FailedTokenAnswer;

/** Gets an access token for the application itself. Never throws. @see RFC 6749 section 4.4 */
export async function clientGrant(
  { resource, scope }: ClientGrantRequest,
  {
    settings,
    metadata,
    startExchange,
    applicationKey,
    certificate,
    ports,
  }: {
    readonly settings: ProviderSettings;
    readonly metadata: CachedDocument<ProviderMetadata>;
    readonly startExchange: StartExchange;
    /** What the application's own tokens are bound to, where any are. */
    readonly applicationKey: () => Promise<DpopKey>;
    /** What tokens are bound to, where they are bound to one. */
    readonly certificate: OpenedCertificate | undefined;
    readonly ports: OAuthPorts;
  },
): Promise<ClientGrantOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unsent", reason: `metadata_${known.reason}` };
  const dpopKey = usesDpop(settings, known.value) ? await applicationKey() : undefined;
  const exchange = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    ...(dpopKey === undefined ? {} : { dpopKey }),
  });
  const parameters: Record<string, string> = {
    ...(resource === "" ? {} : { resource }),
    ...(scope === "" ? {} : { scope }),
  };
  const result = await exchange.ask((configuration) => clientCredentialsGrant(configuration, parameters));
  const answer = sortTokenAnswer(result, () => false, ports.nowMs());
  if (answer.kind !== "success") return answer;
  const {
    accessToken,
    issuedAt,
    expiresAt,
    scope: granted,
  } = toTokenSet(answer.members, answer.sentAtMs, scope, settings);
  const isBound = dpopKey !== undefined && answer.members.token_type === "dpop";
  if (!isBound && settings.dpop === "required")
    return { kind: "unreadable", reason: "token_type_not_dpop", status: 200 };
  if (isBindingMissing(accessToken, settings, certificate))
    return { kind: "unreadable", reason: "access_token_not_bound", status: 200 };
  return {
    kind: "success",
    tokens: { accessToken, issuedAt, expiresAt, scope: granted },
    ...(isBound ? { dpopKey } : {}),
  };
}
