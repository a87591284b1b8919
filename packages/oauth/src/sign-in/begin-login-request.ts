/** What one sign-in asks for beyond the configuration. */
export interface BeginLoginRequest {
  readonly prompt?: "login" | "none" | "consent" | "select_account";
  /** Seconds. */
  readonly maxAge?: number;
  readonly acrValues?: string;
  readonly loginHint?: string;
}
