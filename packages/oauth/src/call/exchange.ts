import { Configuration, allowInsecureRequests, customFetch } from "openid-client";
import type { Dpop } from "../dpop/dpop.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { clientAuthentication } from "../client-auth/client-authentication.ts";
import type { ClientSigner } from "../client-auth/client-signer.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { findErrorCodes } from "../token-endpoint/error-codes.ts";
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
  /** The key to which what is asked for, or the access token that is sent, is bound. */
  readonly dpopKey?: DpopKey;
  /** Where this one call goes, if not to the metadata's token endpoint. */
  readonly tokenEndpoint?: string;
}

export type StartExchange = (metadata: ProviderMetadata, options: ExchangeOptions) => Exchange;

/**
 * Makes a library configuration a call, so that concurrent calls can be told apart.
 *
 * @param onResult gets what came of every call
 */
export function createExchanges(
  settings: ProviderSettings,
  signer: ClientSigner | undefined,
  dpop: Dpop,
  ports: OAuthPorts,
  onResult: (result: CallResult) => void,
): StartExchange {
  const authenticate = clientAuthentication(settings, signer, ports.nowMs);

  return (metadata, options) => {
    let result: CallResult | undefined;
    let origin = "";
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
      ({ origin } = new URL(url));
      result = await callProvider(
        {
          url,
          method: request.method,
          headers: await proven(request.headers, request.method, url),
          ...(request.body instanceof URLSearchParams ? { body: request.body.toString() } : {}),
          timeoutMs: options.timeoutMs,
          maxBytes: options.maxBytes,
          ...(settings.certificate === undefined ? {} : { clientCertificate: settings.certificate }),
          ...(options.maySend === undefined ? {} : { maySend: options.maySend }),
        },
        ports,
      );
      onResult(result);
      if (result.kind === "reply" && options.dpopKey !== undefined)
        dpop.noteNonce(origin, result.headers.get("dpop-nonce"));
      if (keepsAnswer || result.kind !== "reply" || result.body.kind !== "text") {
        throw new TypeError("no answer for the library");
      }
      return toResponse(result.status, result.headers, result.body.text);
    };

    async function proven(
      headers: Readonly<Record<string, string>>,
      method: string,
      url: string,
    ): Promise<Readonly<Record<string, string>>> {
      const { dpopKey: key } = options;
      if (key === undefined) return headers;
      const [, accessToken] = /^Bearer (.+)$/.exec(headers["authorization"] ?? "") ?? [];
      if (accessToken === undefined) return { ...headers, dpop: await dpop.prove({ key, method, url }) };
      const proof = await dpop.prove({ key, method, url, accessToken });
      return { ...headers, authorization: `DPoP ${accessToken}`, dpop: proof };
    }

    /** It fails in any case: what matters is what came back, if anything was sent. */
    async function attempt(
      request: (configuration: Configuration) => Promise<unknown>,
    ): Promise<CallResult | undefined> {
      keepsAnswer = true;
      result = undefined;
      await request(configuration).catch(() => undefined);
      return result;
    }

    return {
      configuration,
      result: () => result,
      ask: (request) =>
        options.dpopKey === undefined
          ? attempt(request)
          : dpop.withNonce(
              () => attempt(request),
              (answer) => (asksForNonce(answer) ? origin : undefined),
            ),
    };
  };
}

/** Nothing was done, and the server says which nonce it wants. @see RFC 9449 sections 8 and 9 */
function asksForNonce(result: CallResult | undefined): boolean {
  if (result?.kind !== "reply" || (result.status !== 400 && result.status !== 401)) return false;
  const text = result.body.kind === "text" ? result.body.text : "";
  const codes = findErrorCodes(text, result.headers.get("www-authenticate"));
  return result.headers.has("dpop-nonce") && codes.includes("use_dpop_nonce");
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
