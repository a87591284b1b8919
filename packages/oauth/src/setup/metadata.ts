import { allowInsecureRequests, customFetch, discovery } from "openid-client";
import { createCachedDocument } from "../call/cached-document.ts";
import type { CachedDocument, Fetched } from "../call/cached-document.ts";
import { parseEndpointUrl, reservedParameterIn } from "./endpoint-url.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { ProviderSettings } from "./provider-config.ts";
import type { ProviderEndpoints } from "./provider-endpoints.ts";

/** The part of the provider's metadata that we use, checked. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint?: string;
  readonly introspection_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly require_pushed_authorization_requests?: boolean;
  readonly authorization_response_iss_parameter_supported?: boolean;
}

type EndpointMember = Extract<keyof ProviderMetadata, `${string}_endpoint` | "jwks_uri">;

const MAX_METADATA_BYTES = 256 * 1_024;
const TTL_MS = 3_600_000;
const RETRY_AFTER_MS = 30_000;

const REQUIRED: readonly EndpointMember[] = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
const OPTIONAL: readonly EndpointMember[] = [
  "userinfo_endpoint",
  "introspection_endpoint",
  "revocation_endpoint",
  "end_session_endpoint",
  "pushed_authorization_request_endpoint",
];

const BROWSER_ENDPOINTS: Partial<Record<EndpointMember, keyof ProviderEndpoints>> = {
  authorization_endpoint: "authorization",
  end_session_endpoint: "endSession",
};

/** Discovers lazily and keeps what it learnt; without discovery the configured endpoints are known from the start. */
export function createMetadata(
  settings: ProviderSettings,
  ports: OAuthPorts,
): CachedDocument<ProviderMetadata> {
  if (!settings.discovery) {
    const fetched = checkMetadata({ issuer: settings.issuer }, settings);
    return {
      peek: () => (fetched.kind === "fetched" ? fetched.value : undefined),
      get: async () => fetched,
      refetch: async () => fetched,
    };
  }
  const document: CachedDocument<ProviderMetadata> = createCachedDocument({
    nowMs: ports.nowMs,
    ttlMs: TTL_MS,
    retryAfterMs: RETRY_AFTER_MS,
    async fetchDocument() {
      const fetched = await discover(settings, ports);
      if (fetched.kind === "fetched") {
        ports.log?.({ event: "metadata_fetched", issuer: settings.issuer });
      } else {
        const usingStale = document.peek() !== undefined;
        ports.log?.({
          event: "metadata_failed",
          issuer: settings.issuer,
          reason: fetched.reason,
          usingStale,
        });
      }
      return fetched;
    },
  });
  return document;
}

async function discover(settings: ProviderSettings, ports: OAuthPorts): Promise<Fetched<ProviderMetadata>> {
  let result: CallResult | undefined;
  let document: JsonObject | undefined;
  try {
    await discovery(new URL(settings.issuer), settings.clientId, undefined, undefined, {
      timeout: 0,
      execute: settings.allowLoopbackHttp ? [allowInsecureRequests] : [],
      [customFetch]: async (url, options) => {
        result = await callProvider(
          {
            url,
            method: "GET",
            headers: options.headers,
            timeoutMs: settings.requestTimeoutMs,
            maxBytes: MAX_METADATA_BYTES,
          },
          ports,
        );
        if (result.kind !== "reply" || result.status !== 200 || result.body.kind !== "text") {
          throw new TypeError("no metadata");
        }
        document = parseJsonObject(result.body.text);
        return Response.json(document ?? null);
      },
    });
  } catch {
    // Which of the library's errors it is doesn't matter; the answer tells.
    if (result === undefined) return { kind: "failed", reason: "discovery_not_possible", invalid: true };
    if (result.kind !== "reply") return { kind: "failed", reason: result.reason, invalid: false };
    if (result.status !== 200) return { kind: "failed", reason: `status_${result.status}`, invalid: false };
    if (result.body.kind === "unreadable") {
      const isInvalid = result.body.reason === "too_large" || result.body.reason === "not_utf8";
      return { kind: "failed", reason: result.body.reason, invalid: isInvalid };
    }
    if (document === undefined) return { kind: "failed", reason: "not_json_object", invalid: true };
  }
  if (document === undefined) return { kind: "failed", reason: "not_json_object", invalid: true };
  return checkMetadata(document, settings);
}

/** Never repeats what the document says: `reason` goes to logs. */
function checkMetadata(document: JsonObject, settings: ProviderSettings): Fetched<ProviderMetadata> {
  const invalid = (reason: string): Fetched<ProviderMetadata> => ({ kind: "failed", reason, invalid: true });
  // Byte for byte; the library compares normalised URLs. OpenID Connect Discovery section 4.3.
  if (document["issuer"] !== settings.issuer) return invalid("issuer_mismatch");

  const members: JsonObject = { ...document, ...namedEndpoints(settings.endpoints) };
  const urls: Partial<Record<EndpointMember, string>> = {};
  for (const member of [...REQUIRED, ...OPTIONAL]) {
    const raw = members[member];
    if (raw === undefined || raw === null) {
      if (REQUIRED.includes(member)) return invalid(`${member}_missing`);
      continue;
    }
    const parsed = parseEndpointUrl(raw, settings.allowLoopbackHttp);
    if (parsed.kind === "invalid") return invalid(`${member}_invalid`);
    const browserEndpoint = BROWSER_ENDPOINTS[member];
    if (browserEndpoint !== undefined && reservedParameterIn(parsed.url, browserEndpoint) !== undefined) {
      return invalid(`${member}_carries_parameters`);
    }
    // In its normal form, in which the library asks for it: without this, a key set's address in another spelling isn't known for one.
    urls[member] = parsed.url.href;
  }
  const requiresPar = members["require_pushed_authorization_requests"] === true;
  if (requiresPar && urls.pushed_authorization_request_endpoint === undefined) {
    return invalid("pushed_authorization_request_endpoint_missing");
  }
  const metadata = {
    ...urls,
    issuer: settings.issuer,
    require_pushed_authorization_requests: requiresPar,
    authorization_response_iss_parameter_supported:
      members["authorization_response_iss_parameter_supported"] === true,
  };
  return { kind: "fetched", value: metadata as ProviderMetadata };
}

function namedEndpoints(endpoints: ProviderEndpoints): Partial<Record<EndpointMember, string>> {
  const named: Record<string, string | undefined> = {
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    jwks_uri: endpoints.jwks,
    userinfo_endpoint: endpoints.userinfo,
    introspection_endpoint: endpoints.introspection,
    revocation_endpoint: endpoints.revocation,
    end_session_endpoint: endpoints.endSession,
  };
  return Object.fromEntries(Object.entries(named).filter(([, url]) => url !== undefined));
}
