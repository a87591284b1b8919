/** An access token that is bound to a key: the API gets a proof beside it. @see RFC 9449 section 7.1 */
export interface BoundAccessToken {
  readonly token: string;
  /** @param url where the request goes, without its query */
  prove(method: string, url: string): Promise<string>;
}

/** In whose name a call is made: a bearer token, or one that is bound to a key. */
export type AccessCredential = string | BoundAccessToken;
