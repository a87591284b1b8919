import { buildAuthorizationUrlWithPAR } from "openid-client";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { CallResult } from "../call/provider-call.ts";
import { OAuthError } from "../oauth-error.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { readAuthorizationError } from "./authorization-error.ts";

/** Hands the authorization request to the provider itself, so that the browser carries a reference to it and nothing else. */
export type PushRequest = (
  metadata: ProviderMetadata,
  parameters: URLSearchParams,
) => Promise<
  | { readonly kind: "pushed"; readonly requestUri: string }
  /** Not offered, not wanted, or not possible just now where nobody insists on it. */
  | { readonly kind: "not_pushed" }
>;

type Answer =
  | { readonly kind: "pushed"; readonly requestUri: string }
  | { readonly kind: "refused"; readonly error: OAuthError }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_PAR_BYTES = 16 * 1_024;
/** A sign-in waits for an endpoint that fails; the next ones within this time go without it. */
const PAUSE_MS = 30_000;
/** The endpoint isn't there, or isn't one: nothing is said of the request. */
const NO_ENDPOINT: ReadonlySet<number> = new Set([404, 405, 408, 410, 425, 429]);

/**
 * Pushes wherever the provider offers it, unless told never to.
 *
 * An endpoint that doesn't answer costs the sign-in only where pushing is required, by either side; a request that the
 * provider refuses is refused, and isn't tried in another form.
 *
 * @throws {OAuthError} `provider_unreachable`, `login_not_accepted`
 * @see RFC 9126 section 2
 */
export function createPushRequest(
  settings: ProviderSettings,
  startExchange: StartExchange,
  ports: OAuthPorts,
): PushRequest {
  let pausedUntilMs = -Infinity;

  return async (metadata, parameters) => {
    const isRequired =
      settings.pushedRequests === "required" || metadata.require_pushed_authorization_requests === true;
    const isOffered = metadata.pushed_authorization_request_endpoint !== undefined;
    const isWanted = isOffered && settings.pushedRequests !== "never" && ports.nowMs() >= pausedUntilMs;
    if (!isRequired && !isWanted) return { kind: "not_pushed" };

    const exchange = startExchange(metadata, {
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_PAR_BYTES,
    });
    const result = await exchange.ask((configuration) =>
      buildAuthorizationUrlWithPAR(configuration, parameters),
    );
    const answer = readAnswer(result);
    if (answer.kind === "pushed") return answer;
    if (answer.kind === "refused") throw answer.error;
    const { issuer } = settings;
    const { reason } = answer;
    ports.log?.({ event: "push_failed", issuer, reason, isRequired });
    if (isRequired) {
      throw new OAuthError(
        "provider_unreachable",
        `The provider didn't take the pushed authorization request: ${reason}.`,
      );
    }
    pausedUntilMs = ports.nowMs() + PAUSE_MS;
    return { kind: "not_pushed" };
  };
}

function readAnswer(result: CallResult | undefined): Answer {
  if (result === undefined) return { kind: "unavailable", reason: "request_not_possible" };
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const { status, body } = result;
  const document = body.kind === "text" ? parseJsonObject(body.text) : undefined;
  if (status === 200 || status === 201) {
    const requestUri = document?.["request_uri"];
    return isRequestUri(requestUri)
      ? { kind: "pushed", requestUri }
      : { kind: "unavailable", reason: "request_uri_missing" };
  }
  const { code, meaning } = readAuthorizationError(document?.["error"]);
  const isOfRequest = status >= 400 && status < 500 && !NO_ENDPOINT.has(status);
  if (!isOfRequest || meaning === "unavailable") return { kind: "unavailable", reason: `status_${status}` };
  const text = `The provider refused the pushed request: ${code} (status ${status}).`;
  return {
    kind: "refused",
    error: new OAuthError("login_not_accepted", text, { refusal: { code, meaning } }),
  };
}

/** It goes into an address. */
function isRequestUri(value: unknown): value is string {
  return typeof value === "string" && value.length <= 2_048 && /^[\x21-\x7e]+$/.test(value);
}
