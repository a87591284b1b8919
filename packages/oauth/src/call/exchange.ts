import {
  Configuration,
  allowInsecureRequests,
  clockSkew,
  clockTolerance,
  customFetch,
  enableNonRepudiationChecks,
} from "openid-client";
import { clientAuthentication } from "../setup/client-authentication.ts";
import type { ProviderMetadata } from "../setup/metadata.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "./provider-call.ts";
import type { CallResult } from "./provider-call.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import { readTokenResponse } from "../token-endpoint/token-response.ts";

/** One call to the provider by the protocol library, with everything that was seen of it. */
interface Exchange {
  /** For one call of one library function. */
  readonly configuration: Configuration;
  /** What came back, as it came: how a call ended is decided by this and not by the library's error. */
  result(): CallResult | undefined;
  /** Why the ID token's key couldn't be fetched; `undefined` if it could. */
  keysProblem(): string | undefined;
}

interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maySend?: () => boolean;
  /** Where this one call goes, if not to the metadata's token endpoint. */
  readonly tokenEndpoint?: string;
  /** Corrects what the library is too strict about in a token response. */
  readonly tokenResponse?: boolean;
}

export type StartExchange = (metadata: ProviderMetadata, options: ExchangeOptions) => Exchange;

/**
 * Makes a library configuration a call.
 *
 * The library keeps keys and clock by itself; a fresh configuration makes it ask ours, and lets concurrent calls be told apart.
 */
export function createExchanges(
  settings: ProviderSettings,
  keys: SigningKeys,
  ports: OAuthPorts,
): StartExchange {
  const authenticate = clientAuthentication(settings);

  return (metadata, options) => {
    let result: CallResult | undefined;
    let keysProblem: string | undefined;
    let idToken: string | undefined;

    const configuration = new Configuration(
      {
        ...metadata,
        token_endpoint: options.tokenEndpoint ?? metadata.token_endpoint,
        // Ours and not the provider's: it can't widen what we accept (S-040).
        id_token_signing_alg_values_supported: [...settings.idTokenAlgorithms],
      },
      settings.clientId,
      {
        // Whole seconds on both sides, since that is how the library reads its clock.
        [clockSkew]: Math.floor(ports.nowMs() / 1_000) - Math.floor(Date.now() / 1_000),
        [clockTolerance]: settings.clockToleranceSeconds,
      },
      authenticate,
    );
    // Deadlines are callProvider's.
    configuration.timeout = 0;
    if (settings.allowLoopbackHttp) allowInsecureRequests(configuration);
    enableNonRepudiationChecks(configuration);

    configuration[customFetch] = async (url, request) => {
      if (url === metadata.jwks_uri && request.method === "GET") {
        const selection = await keys.keysFor(idToken ?? "", "provider");
        if (selection.kind === "keys") return Response.json(selection.keySet);
        keysProblem = selection.reason;
        throw new TypeError("no keys");
      }
      result = await callProvider(
        {
          url,
          method: request.method,
          headers: request.headers,
          ...(request.body instanceof URLSearchParams ? { body: request.body.toString() } : {}),
          timeoutMs: options.timeoutMs,
          maxBytes: options.maxBytes,
          ...(options.maySend === undefined ? {} : { maySend: options.maySend }),
        },
        ports,
      );
      if (result.kind !== "reply" || result.body.kind !== "text") throw new TypeError("no answer");
      let text = result.body.text;
      if (options.tokenResponse === true && result.status === 200) {
        const read = readTokenResponse(text);
        if (read.kind === "token_response") {
          text = JSON.stringify(read.members);
          idToken = read.members.id_token;
        }
      }
      return toResponse(result.status, result.headers, text);
    };
    return { configuration, result: () => result, keysProblem: () => keysProblem };
  };
}

function toResponse(status: number, received: Headers, text: string): Response {
  const headers = new Headers();
  for (const name of ["content-type", "www-authenticate"]) {
    const value = received.get(name);
    if (value !== null) headers.set(name, value);
  }
  const mayHaveBody = ![204, 205, 304].includes(status);
  // A status that the platform's Response can't hold ends here as an error; the result has it.
  return new Response(mayHaveBody ? text : null, { status, headers });
}
