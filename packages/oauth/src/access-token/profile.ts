import { fetchProtectedResource } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { primaryEmail, readProfile } from "./profile-claims.ts";

export type ProfileOutcome =
  | { readonly kind: "claims"; readonly claims: JsonObject & { readonly sub: string } }
  /** 401. */
  | { readonly kind: "token_refused" }
  | { readonly kind: "refused"; readonly reason: RefusalReason<"profile">; readonly status?: number }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface ProfileDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly startExchange: StartExchange;
  readonly ports: OAuthPorts;
}

const MAX_PROFILE_BYTES = 256 * 1_024;
/** Some APIs answer a call without a name with 403. */
const HEADERS = { accept: "application/json", "user-agent": "coatcheck" } as const;

/**
 * Asks a plain OAuth provider whose an access token is, and for the primary e-mail address where that is a call of its own. An address
 * that can't be had costs nobody the sign-in. Never throws.
 */
export async function askProfile(
  token: { readonly accessToken: string; readonly dpopKey?: DpopKey },
  { settings, metadata, startExchange, ports }: ProfileDependencies,
): Promise<ProfileOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };

  async function get(url: string): Promise<CallResult | undefined> {
    if (known.kind === "failed") return undefined;
    const exchange = startExchange(known.value, {
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_PROFILE_BYTES,
      ...(token.dpopKey === undefined ? {} : { dpopKey: token.dpopKey }),
    });
    return exchange.ask((configuration) =>
      fetchProtectedResource(
        configuration,
        token.accessToken,
        new URL(url),
        "GET",
        undefined,
        new Headers(HEADERS),
      ),
    );
  }

  const { emails } = settings.endpoints;
  const [answer, addresses] = await Promise.all([
    get(known.value.userinfo_endpoint ?? ""),
    emails === undefined ? undefined : get(emails),
  ]);
  const read = readAnswer(answer, settings);
  if (read.kind !== "claims" || emails === undefined) return read;
  const email = readEmail(addresses);
  if (email.kind === "found")
    return { ...read, claims: { ...read.claims, email: email.email, email_verified: true } };
  ports.log?.({ event: "emails_left_out", issuer: settings.issuer, reason: email.reason });
  return read;
}

function readAnswer(
  result: CallResult | undefined,
  { profileClaims = {} }: ProviderSettings,
): ProfileOutcome {
  if (result === undefined) return { kind: "unavailable", reason: "request_not_possible" };
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const { status, body } = result;
  if (status === 401) return { kind: "token_refused" };
  if (status >= 500 || status === 408 || status === 429)
    return { kind: "unavailable", reason: `status_${status}` };
  if (status < 200 || status > 299) return { kind: "refused", reason: "profile_refused", status };
  if (body.kind === "unreadable" && (body.reason === "timeout" || body.reason === "connection_lost"))
    return { kind: "unavailable", reason: body.reason };
  const profile = body.kind === "text" ? parseJsonObject(body.text) : undefined;
  if (profile === undefined) return { kind: "refused", reason: "profile_malformed" };
  const read = readProfile(profile, profileClaims);
  return read.kind === "claims" ? read : { kind: "refused", reason: `profile_${read.kind}` };
}

function readEmail(
  result: CallResult | undefined,
):
  | { readonly kind: "found"; readonly email: string }
  | { readonly kind: "none"; readonly reason: "unavailable" | "email_missing" | `status_${number}` } {
  if (result?.kind !== "reply") return { kind: "none", reason: "unavailable" };
  if (result.status !== 200) return { kind: "none", reason: `status_${result.status}` };
  let answer: unknown;
  try {
    answer = result.body.kind === "text" ? JSON.parse(result.body.text) : undefined;
  } catch {
    // What isn't JSON holds no address.
    answer = undefined;
  }
  const email = primaryEmail(answer);
  return email === undefined ? { kind: "none", reason: "email_missing" } : { kind: "found", email };
}
