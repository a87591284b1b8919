/** `RequestInit` and one optional extension. */
export interface ProviderRequestInit extends RequestInit {
  /**
   * Asked when the connection stands, just before the request is written; on `false` nothing is written and the call
   * rejects with `RequestNotSentError` (`may_not_send`). A `fetch` that doesn't know it ignores it; then it was asked
   * right before the call.
   */
  readonly maySend?: () => boolean;
}

/** The outgoing port: the platform's `fetch`, or `createNodeFetch()` of `@coatcheck/oauth/node`. */
export type ProviderFetch = (url: string, init: ProviderRequestInit) => Promise<Response>;
