import { Configuration, allowInsecureRequests, customFetch } from "openid-client";
import type { OAuthPorts } from "../oauth-ports.ts";
import { clientAuthentication } from "../setup/client-authentication.ts";
import type { ClientSigner } from "../setup/client-signer.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { callProvider } from "./provider-call.ts";
import type { CallResult } from "./provider-call.ts";

/** One call to the provider by the protocol library, with everything that was seen of it. */
interface Exchange {
  /** For one call of one library function. */
  readonly configuration: Configuration;
  /** What came back, as it came: how a call ended is decided by this and not by the library's error. */
  result(): CallResult | undefined;
  /**
   * Has the library make its request and keeps the answer from it: it throws away what is off the letter, and a rotated
   * refresh token with it.
   *
   * @returns `undefined` where the library made no request.
   */
  ask(request: (configuration: Configuration) => Promise<unknown>): Promise<CallResult | undefined>;
}

interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maySend?: () => boolean;
  /** Where this one call goes, if not to the metadata's token endpoint. */
  readonly tokenEndpoint?: string;
}

export type StartExchange = (metadata: ProviderMetadata, options: ExchangeOptions) => Exchange;

/**
 * Makes a library configuration a call, so that concurrent calls can be told apart.
 *
 * @param onAnswer gets the headers of every answer
 */
export function createExchanges(
  settings: ProviderSettings,
  signer: ClientSigner | undefined,
  ports: OAuthPorts,
  onAnswer: (headers: Headers) => void,
): StartExchange {
  const authenticate = clientAuthentication(settings, signer, ports.nowMs);

  return (metadata, options) => {
    let result: CallResult | undefined;
    let keepsAnswer = false;

    const configuration = new Configuration(
      { ...metadata, token_endpoint: options.tokenEndpoint ?? metadata.token_endpoint },
      settings.clientId,
      {},
      authenticate,
    );
    // Deadlines are callProvider's.
    configuration.timeout = 0;
    if (settings.allowLoopbackHttp) allowInsecureRequests(configuration);

    configuration[customFetch] = async (url, request) => {
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
      if (result.kind === "reply") onAnswer(result.headers);
      if (keepsAnswer || result.kind !== "reply" || result.body.kind !== "text") {
        throw new TypeError("no answer for the library");
      }
      return toResponse(result.status, result.headers, result.body.text);
    };

    return {
      configuration,
      result: () => result,
      async ask(request) {
        keepsAnswer = true;
        // It fails in any case: what matters is what came back, if anything was sent.
        await request(configuration).catch(() => undefined);
        return result;
      },
    };
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
