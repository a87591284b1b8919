import type { JWK } from "jose";
import { OAuthError } from "../oauth-error.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { ProviderConfig, ProviderConfigProblem } from "../setup/provider-config.ts";
import type { ClientAuthMethod } from "../setup/provider-endpoints.ts";

/** With what this client answers when a server asks for a certificate (TLS client authentication); PEM, both. */
export interface ClientCertificate {
  /** The certificate, and after it the ones that lead to its authority, if any. */
  readonly cert: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateFacts {
  /** Base64url of the SHA-256 of the certificate. @see RFC 8705 section 3.1 */
  readonly thumbprint: string;
  /** As it is registered for `tls_client_auth`: `CN=app, O=Example`. */
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Its public key, with the certificate in it (`x5c`). @see RFC 8705 section 2.2.2 */
  readonly publicJwk: JWK;
}

export type CertificateReading =
  | { readonly kind: "usable"; readonly facts: CertificateFacts }
  /** `field` is one of `clientCertificate` and `clientCertificateKey`. */
  | { readonly kind: "unusable"; readonly problem: ProviderConfigProblem };

/** Reads a certificate and compares it with its key and the clock. */
export type ReadCertificate = (certificate: ClientCertificate, nowMs: number) => CertificateReading;

/** The certificate of one client, read. */
export interface OpenedCertificate {
  readonly pem: ClientCertificate;
  readonly facts: CertificateFacts;
}

const TLS_METHODS = ["tls_client_auth", "self_signed_tls_client_auth"] as const;

export function isTlsMethod(method: ClientAuthMethod): boolean {
  return (TLS_METHODS as readonly string[]).includes(method);
}

/** What a certificate is needed for, and is missing; or is there for nothing. @param config with the method that is used */
export function certificateProblems(
  config: Pick<
    ProviderConfig,
    "clientAuth" | "clientCertificate" | "clientCertificateKey" | "certificateBoundTokens" | "dpop"
  >,
): readonly ProviderConfigProblem[] {
  const { clientAuth, clientCertificate, clientCertificateKey, certificateBoundTokens, dpop } = config;
  const isForAuthentication = clientAuth !== undefined && isTlsMethod(clientAuth);
  const isNeeded = isForAuthentication || certificateBoundTokens === true;
  const isGiven = clientCertificate !== undefined || clientCertificateKey !== undefined;
  const wanted: readonly (readonly [boolean, string, string])[] = [
    [
      clientCertificate !== undefined || !(isNeeded || isGiven),
      "clientCertificate",
      "write the certificate in PEM, and after it those that lead to its authority.",
    ],
    [
      clientCertificateKey !== undefined || !(isNeeded || isGiven),
      "clientCertificateKey",
      "write the private key of the certificate in PEM, without a passphrase.",
    ],
    [
      isNeeded || !isGiven,
      "clientCertificate",
      'say what it is for, by `clientAuth: "tls_client_auth"`, `clientAuth: "self_signed_tls_client_auth"` or `certificateBoundTokens: "true"`.',
    ],
    [
      certificateBoundTokens !== true || dpop === "never",
      "certificateBoundTokens",
      'remove it, or set `dpop: "never"`: a token is bound to one thing.',
    ],
  ];
  return wanted.filter(([isRight]) => !isRight).map(([, field, fix]) => ({ field, fix }));
}

/**
 * Reads the configured certificate, where one is used.
 *
 * @throws {OAuthError} `config_invalid`: it can't be used, or this runtime can't present one
 */
export function openCertificate(
  pem: ClientCertificate | undefined,
  { fetch, nowMs }: Pick<OAuthPorts, "fetch" | "nowMs">,
): OpenedCertificate | undefined {
  if (pem === undefined) return undefined;
  const reading: CertificateReading =
    fetch.readCertificate === undefined
      ? {
          kind: "unusable",
          problem: {
            field: "clientCertificate",
            fix: "this runtime can't present client certificates: run on Node with createNodePorts(), or use private_key_jwt and DPoP.",
          },
        }
      : fetch.readCertificate(pem, nowMs());
  if (reading.kind === "usable") return { pem, facts: reading.facts };
  const { problem } = reading;
  const message = `The provider's configuration is invalid:\n- ${problem.field}: ${problem.fix}`;
  throw new OAuthError("config_invalid", message, { problems: [problem] });
}
