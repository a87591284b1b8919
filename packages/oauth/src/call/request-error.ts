/** Why a request was not sent. */
export type NotSentCode =
  | "connection_refused"
  | "connection_failed"
  | "connect_timeout"
  | "dns"
  /** Nobody whom this process trusts signed the certificate. */
  | "tls_untrusted"
  /** The certificate is for another name. */
  | "tls_other_name"
  | "tls"
  /** The server refused our own certificate, or misses it. */
  | "tls_certificate_refused"
  | "may_not_send"
  | "aborted";

/**
 * Nothing of the request was written: the provider can't have processed it.
 *
 * Thrown by a `ProviderFetch` that can tell, such as the one of `@coatcheck/oauth/node`.
 */
export class RequestNotSentError extends Error {
  override readonly name = "RequestNotSentError";
  readonly code: NotSentCode;

  constructor(code: NotSentCode) {
    super(`request not sent: ${code}`);
    this.code = code;
  }
}

/** At least a part of the request may have been written before the connection broke: the provider may have processed it. */
export class RequestInterruptedError extends Error {
  override readonly name = "RequestInterruptedError";
  readonly code: "reset" | "aborted" | "malformed_response";

  constructor(code: "reset" | "aborted" | "malformed_response") {
    super(`request interrupted: ${code}`);
    this.code = code;
  }
}
