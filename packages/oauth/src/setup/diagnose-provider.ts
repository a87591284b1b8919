import { clockAheadSeconds } from "../call/clock-difference.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import { OAuthError } from "../oauth-error.ts";
import type { OAuthEvent } from "../oauth-event.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { createProvider } from "../provider.ts";
import type { Provider } from "../provider.ts";
import { metadataUrl } from "./metadata.ts";
import { describeUnchecked, uncheckedAtSignIn } from "../presets/plain-oauth.ts";
import { parseProviderConfig } from "./provider-config.ts";
import type { ProviderConfig, ProviderSettings } from "./provider-config.ts";

/** Something that is wrong between this configuration and the provider, and what to change. Never a secret. */
export interface ProviderDiagnosis {
  readonly problem: string;
  readonly fix: string;
  /** Nothing is wrong: it is how this provider is, and whoever runs the application should know. */
  readonly isNote?: true;
}

type Diagnoses = readonly ProviderDiagnosis[];

const MAX_BYTES = 256 * 1_024;
/** Nobody's refresh token: what a provider says of it tells whether it knows us. */
const NO_REFRESH_TOKEN = "coatcheck-doctor-no-such-token";

/**
 * Asks the provider everything that can be asked without a person: its metadata, its clock, whether it knows this client, and
 * whether it would send people back here. Nothing changes there.
 *
 * @returns nothing, or notes alone, where sign-in should work
 * @throws {OAuthError} `config_invalid`
 */
export async function diagnoseProvider(config: ProviderConfig, ports: OAuthPorts): Promise<Diagnoses> {
  const settings = parseProviderConfig(config);
  const events: OAuthEvent[] = [];
  const provider = createProvider(config, { ...ports, log: (event) => void events.push(event) });
  try {
    await provider.discover();
  } catch {
    return [notDiscovered(settings, events)];
  }
  const shortcomings = events.flatMap((event) =>
    event.event === "client_auth_not_listed" || event.event === "metadata_endpoint_ignored"
      ? [{ problem: "The provider's metadata has a shortcoming.", fix: event.advice }]
      : [],
  );
  const [metadata, client, redirect] = await Promise.all([
    settings.discovery ? diagnoseMetadata(settings, ports) : [],
    diagnoseClient(provider, settings, events),
    diagnoseAuthorization(provider, settings, ports),
  ]);
  // Who isn't known is shown an error page, too, whatever is registered.
  return [
    ...shortcomings,
    ...metadata,
    ...client,
    ...(client.length === 0 ? redirect : []),
    ...noteUnchecked(settings),
  ];
}

function noteUnchecked(settings: ProviderSettings): Diagnoses {
  const words = uncheckedAtSignIn(settings);
  if (words.length === 0) return [];
  return [
    {
      problem: `This provider gives a sign-in less to check than OpenID Connect does: ${describeUnchecked(words)}.`,
      fix: "Nothing needs to be done; where it offers OpenID Connect in full, too, use the preset oidc.",
      isNote: true,
    },
  ];
}

function notDiscovered(settings: ProviderSettings, events: readonly OAuthEvent[]): ProviderDiagnosis {
  const failed = events.find((event) => event.event === "metadata_failed");
  const reason = failed?.reason ?? "unknown";
  return {
    problem: `The provider's metadata can't be used (${reason}).`,
    fix:
      failed?.advice ??
      `Make ${metadataUrl(settings)} answer from this machine: check OIDC_ISSUER, name resolution, firewall and that the provider runs.`,
  };
}

async function diagnoseMetadata(settings: ProviderSettings, ports: OAuthPorts): Promise<Diagnoses> {
  const reply = await get(metadataUrl(settings), settings, ports);
  if (reply.kind !== "reply" || reply.body.kind !== "text") return [];
  const document = parseJsonObject(reply.body.text) ?? {};
  return [
    ...diagnoseClock(reply, settings, ports.nowMs()),
    ...missingFrom(
      settings.profileClaims === undefined ? document : {},
      "id_token_signing_alg_values_supported",
      settings.idTokenAlgorithms,
      (offered) => ({
        problem: `The provider signs ID tokens with none of ${settings.idTokenAlgorithms.join(", ")}.`,
        fix: `Set OIDC_ID_TOKEN_ALGORITHMS to one of ${offered.join(", ")}.`,
      }),
    ),
    ...missingFrom(document, "grant_types_supported", ["refresh_token"], () => ({
      problem:
        "The provider's metadata doesn't list the refresh token grant, so that sessions end with their first access token.",
      fix: "Allow refresh tokens for this client at the provider.",
    })),
    ...missingFrom(document, "response_types_supported", ["code"], () => ({
      problem: "The provider's metadata doesn't list the authorization code flow.",
      fix: "Allow the authorization code flow (response type code) at the provider.",
    })),
  ];
}

function diagnoseClock(
  { headers }: Extract<CallResult, { kind: "reply" }>,
  settings: ProviderSettings,
  nowMs: number,
): Diagnoses {
  const aheadSeconds = clockAheadSeconds(headers, nowMs) ?? 0;
  // The header counts whole seconds, and the answer took some time.
  if (Math.abs(aheadSeconds) <= settings.clockToleranceSeconds + 2) return [];
  const direction = aheadSeconds > 0 ? "ahead of" : "behind";
  return [
    {
      problem: `This machine's clock is ${Math.abs(aheadSeconds)} seconds ${direction} the provider's.`,
      fix: "Synchronise the clocks (NTP): every ID token would be refused.",
    },
  ];
}

/** Where the metadata lists something, and nothing of it is what is wanted. */
function missingFrom(
  document: JsonObject,
  member: string,
  wanted: readonly string[],
  diagnose: (offered: readonly string[]) => ProviderDiagnosis,
): Diagnoses {
  const listed = document[member];
  if (!Array.isArray(listed) || listed.length === 0) return [];
  const offered = listed.filter((one) => typeof one === "string");
  return wanted.some((one) => offered.includes(one)) ? [] : [diagnose(offered)];
}

/** A provider that knows us refuses the token; one that doesn't refuses us. */
async function diagnoseClient(
  provider: Provider,
  { tokenIssuers }: ProviderSettings,
  events: readonly OAuthEvent[],
): Promise<Diagnoses> {
  const outcome = await provider.refreshGrant({
    refreshToken: NO_REFRESH_TOKEN,
    resource: "",
    iss: tokenIssuers[0] ?? "",
    sub: "",
  });
  const isCertificateRefused = outcome.kind === "unsent" && outcome.reason === "tls_certificate_refused";
  if (outcome.kind === "client" || isCertificateRefused) {
    const refused = events.find((event) => event.event === "client_refused");
    return [
      {
        problem: `The provider refuses this client (${outcome.reason}).`,
        fix:
          refused?.advice ?? "Compare OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET with the provider's console.",
      },
    ];
  }
  if (outcome.kind !== "unsent" && outcome.kind !== "ambiguous") return [];
  return [
    {
      problem: `The provider's token endpoint doesn't answer (${outcome.reason}).`,
      fix: "Make it reachable from this machine, or correct OAUTH_TOKEN_ENDPOINT.",
    },
  ];
}

/** Errors of somebody who isn't signed in there. */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
]);

async function diagnoseAuthorization(
  provider: Provider,
  settings: ProviderSettings,
  ports: OAuthPorts,
): Promise<Diagnoses> {
  let url: string;
  try {
    ({ url } = await provider.beginLogin({ prompt: "none" }));
  } catch (error) {
    return error instanceof OAuthError && error.refusal !== undefined
      ? refusedFor(error.refusal.code, settings)
      : [];
  }
  const reply = await get(url, settings, ports);
  if (reply.kind !== "reply") {
    return [
      {
        problem: `The provider's page for signing in doesn't answer (${reply.reason}).`,
        fix: "Make it reachable, or correct OAUTH_AUTHORIZATION_ENDPOINT.",
      },
    ];
  }
  const location = URL.parse(reply.headers.get("location") ?? "", url);
  if (reply.status === 429 || reply.status >= 500) {
    return [
      {
        problem: `The provider's page for signing in doesn't work just now (status ${reply.status}).`,
        fix: "Try again, and look at the provider's own log.",
      },
    ];
  }
  if (reply.status >= 400) {
    return [
      {
        problem: `The provider shows an error page (status ${reply.status}) instead of sending people back.`,
        fix: `Register ${settings.redirectUri} as a redirect URI of the client ${settings.clientId} at the provider, exactly so.`,
      },
    ];
  }
  const error =
    location?.href.startsWith(settings.redirectUri) === true ? location.searchParams.get("error") : null;
  return error === null || NOBODY_THERE.has(error) ? [] : refusedFor(error, settings);
}

function refusedFor(error: string, { scope, resources }: ProviderSettings): Diagnoses {
  const problem = `The provider refuses what a sign-in asks for (${error.replaceAll(/[^\w.-]/g, "?")}).`;
  switch (error) {
    case "invalid_scope":
      return [
        {
          problem,
          fix: `Allow these scopes for this client at the provider, or correct OAUTH_SCOPE: ${scope}.`,
        },
      ];
    case "invalid_target":
    case "invalid_resource":
      return [
        {
          problem,
          fix: `Register these APIs at the provider, or correct the routes' resource: ${resources.join(", ")}.`,
        },
      ];
    case "unauthorized_client":
      return [{ problem, fix: "Allow the authorization code flow for this client at the provider." }];
    default:
      return [{ problem, fix: "Look the error up in the provider's log or console." }];
  }
}

function get(url: string, { requestTimeoutMs }: ProviderSettings, ports: OAuthPorts): Promise<CallResult> {
  const headers = { accept: "application/json, text/html" };
  return callProvider(
    { url, method: "GET", headers, timeoutMs: requestTimeoutMs, maxBytes: MAX_BYTES },
    ports,
  );
}
