import { createCachedDocument } from "../call/cached-document.ts";
import type { CachedDocument, Fetched } from "../call/cached-document.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import { clientAuthNotListedAdvice } from "../client-auth/client-advice.ts";
import { checkMetadata } from "./metadata-document.ts";
import type { ProviderMetadata } from "./metadata-document.ts";
import type { ProviderSettings } from "./provider-config.ts";
import { quoteValue } from "./quote-value.ts";

export interface Metadata extends CachedDocument<ProviderMetadata> {
  /**
   * Why this provider can't be used as it is configured, in a word; `undefined` while it can, or may.
   *
   * It stays until metadata could be fetched that can be used: a provider that can't be reached since doesn't change it.
   */
  problem(): string | undefined;
}

const MAX_METADATA_BYTES = 256 * 1_024;
const TTL_MS = 3_600_000;
const RETRY_AFTER_MS = 30_000;

/** Discovers lazily and keeps what it learnt; without discovery the configured endpoints are known from the start. */
export function createMetadata(settings: ProviderSettings, ports: OAuthPorts): Metadata {
  if (!settings.discovery) {
    const checked = checkMetadata({ issuer: settings.metadataIssuer }, settings);
    // Configuration was checked by the same rules, so it is usable.
    const fetched: Fetched<ProviderMetadata> =
      checked.kind === "usable"
        ? { kind: "fetched", value: checked.metadata }
        : { kind: "failed", reason: checked.reason, invalid: true };
    return {
      peek: () => (fetched.kind === "fetched" ? fetched.value : undefined),
      get: async () => fetched,
      refetch: async () => fetched,
      problem: () => undefined,
    };
  }
  const report = createMetadataReport(settings, ports);
  let problem: string | undefined;
  const document = createCachedDocument<ProviderMetadata>({
    nowMs: ports.nowMs,
    ttlMs: TTL_MS,
    retryAfterMs: RETRY_AFTER_MS,
    async fetchDocument() {
      const outcome = await discover(settings, ports);
      report(outcome, document.peek() !== undefined);
      if (outcome.kind === "usable") {
        problem = undefined;
        return { kind: "fetched", value: outcome.metadata };
      }
      const isUnusable = outcome.kind === "unusable";
      if (isUnusable) problem = outcome.reason;
      return { kind: "failed", reason: outcome.reason, invalid: isUnusable };
    },
  });
  return { ...document, problem: () => (document.peek() === undefined ? problem : undefined) };
}

type Discovery =
  | ReturnType<typeof checkMetadata>
  /** It may go better the next time. */
  | { readonly kind: "unavailable"; readonly reason: string };

async function discover(settings: ProviderSettings, ports: OAuthPorts): Promise<Discovery> {
  const url = metadataUrl(settings);
  const result = await callProvider(
    {
      url,
      method: "GET",
      headers: { accept: "application/json" },
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_METADATA_BYTES,
    },
    ports,
  );
  if (result.kind !== "reply") return notReached(result.reason, settings.issuer);
  if (result.status !== 200) return otherStatus(result, url, settings);
  const { body } = result;
  if (body.kind === "unreadable" && (body.reason === "timeout" || body.reason === "connection_lost")) {
    return { kind: "unavailable", reason: body.reason };
  }
  const document = body.kind === "text" ? parseJsonObject(body.text) : undefined;
  if (document !== undefined) return checkMetadata(document, settings);
  return {
    kind: "unusable",
    reason: body.kind === "unreadable" ? body.reason : "not_json_object",
    advice: `What ${quoteValue(url)} answers is no metadata: ${correctIssuer(url, settings)}.`,
  };
}

/** @see OpenID Connect Discovery section 4.1; for plain OAuth RFC 8414 section 3.1 */
export function metadataUrl({
  issuer,
  profileClaims,
}: Pick<ProviderSettings, "issuer" | "profileClaims">): string {
  const base = issuer.replace(/\/$/, "");
  if (profileClaims === undefined) return `${base}/.well-known/openid-configuration`;
  const { origin, pathname } = new URL(base);
  return `${origin}/.well-known/oauth-authorization-server${pathname === "/" ? "" : pathname}`;
}

function notReached(reason: string, issuer: string): Discovery {
  const { hostname } = new URL(issuer);
  switch (reason) {
    case "tls_untrusted":
      return {
        kind: "unusable",
        reason,
        advice: `The certificate of ${hostname} is signed by nobody whom this process trusts: set NODE_EXTRA_CA_CERTS to a file with its authority's certificate.`,
      };
    case "tls_other_name":
      return {
        kind: "unusable",
        reason,
        advice: `The certificate at ${hostname} is for another name: write in OIDC_ISSUER the name that it is for.`,
      };
    default:
      return { kind: "unavailable", reason };
  }
}

/** Of a gateway, a limit or a lock before the provider. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([401, 403, 408, 421, 425, 429]);

function otherStatus(
  reply: Extract<CallResult, { kind: "reply" }>,
  url: string,
  settings: ProviderSettings,
): Discovery {
  const { status, headers } = reply;
  const reason = `status_${status}`;
  if (status < 300 || status >= 500 || PASSING_STATUSES.has(status)) return { kind: "unavailable", reason };
  const location = headers.get("location");
  const advice =
    status < 400
      ? `${quoteValue(url)} redirects to ${quoteValue(location ?? undefined)}, and isn't followed: set OIDC_ISSUER to the issuer that is spelled there.`
      : `There is no metadata at ${quoteValue(url)} (status ${status}): ${correctIssuer(url, settings)}.`;
  return { kind: "unusable", reason, advice };
}

function correctIssuer(url: string, { profileClaims }: ProviderSettings): string {
  if (profileClaims !== undefined)
    return "set OIDC_ISSUER to the issuer that its documentation names; where it has no metadata at all, set OAUTH_AUTHORIZATION_ENDPOINT, OAUTH_TOKEN_ENDPOINT and OAUTH_USERINFO_ENDPOINT";
  const isWithoutPath = new URL(url).pathname === "/.well-known/openid-configuration";
  const example = isWithoutPath ? " (Keycloak's has a path, /realms/<name>; Entra's /<tenant id>/v2.0)" : "";
  return `set OIDC_ISSUER to what stands before /.well-known/openid-configuration at this provider${example}`;
}

/** Tells of each fetch, and once of each shortcoming: metadata comes every hour with the same ones. */
function createMetadataReport(settings: ProviderSettings, ports: OAuthPorts) {
  const { issuer } = settings;
  let reported: ReadonlySet<string> = new Set();

  function reportShortcomings({ metadata, ignored }: Extract<Discovery, { kind: "usable" }>): void {
    const reporting = new Map(
      ignored.map((one) => [
        `${one.endpoint} ${one.value}`,
        { event: "metadata_endpoint_ignored", issuer, ...one } as const,
      ]),
    );
    for (const [key, event] of reporting) if (!reported.has(key)) ports.log?.(event);
    const advice = clientAuthNotListedAdvice(settings, metadata);
    if (advice !== undefined && !reported.has(advice))
      ports.log?.({ event: "client_auth_not_listed", issuer, advice });
    reported = new Set([...reporting.keys(), ...(advice === undefined ? [] : [advice])]);
  }

  return (outcome: Discovery, isKnown: boolean): void => {
    if (outcome.kind === "usable") {
      ports.log?.({ event: "metadata_fetched", issuer });
      ports.onSuccess?.();
      reportShortcomings(outcome);
      return;
    }
    const advice = outcome.kind === "unusable" ? { advice: outcome.advice } : {};
    ports.log?.({ event: "metadata_failed", issuer, reason: outcome.reason, usingStale: isKnown, ...advice });
  };
}
