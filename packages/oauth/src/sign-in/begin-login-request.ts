/** What one sign-in asks for beyond the configuration. */
export interface BeginLoginRequest {
  /** One word. `none`: nobody is asked anything, and who isn't signed in at the provider comes back with `login_required`. */
  readonly prompt?: string;
  /** Seconds. */
  readonly maxAge?: number;
  readonly acrValues?: string;
  /** Further parameters of the authorization request, by name; none that the protocol depends on (`AUTHORIZATION_PARAMETERS`). */
  readonly parameters?: Readonly<Record<string, string>>;
}
