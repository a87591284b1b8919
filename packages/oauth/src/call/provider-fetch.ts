import type { ClientCertificate, ReadCertificate } from "../client-auth/client-certificate.ts";

/** `RequestInit` and two optional extensions. */
export interface ProviderRequestInit extends RequestInit {
  /**
   * Asked when the connection stands, just before the request is written; on `false` nothing is written and the call
   * rejects with `RequestNotSentError` (`may_not_send`). A `fetch` that doesn't know it ignores it; then it was asked
   * right before the call.
   */
  readonly maySend?: () => boolean;
  /** Presented where the server asks for one. Given only where the `fetch` has `readCertificate`. */
  readonly clientCertificate?: ClientCertificate;
}

/** The outgoing port: the platform's `fetch`, or `createNodeFetch()` of `@coatcheck/oauth/node`. */
export interface ProviderFetch {
  (url: string, init: ProviderRequestInit): Promise<Response>;
  /** Present where it can present client certificates (`clientCertificate`). */
  readonly readCertificate?: ReadCertificate;
}
