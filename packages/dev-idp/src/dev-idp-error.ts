/**
 * - `refuses_production`: `NODE_ENV` is `production`; this server has public passwords.
 * - `host_not_loopback`: other machines could reach it; see `dangerouslyListenBeyondLoopback`.
 * - `port_taken`: another process listens there.
 * - `options_invalid`: an option makes no sense; the message says which.
 * - `control_refused`: the control API answered an error (control client only).
 * - `usage`: a flag of the command makes no sense.
 * - `sign_in_refused`: the sign-in pages did not lead back to the application (`signInByForm` only).
 */
export type DevIdpErrorCode =
  | "refuses_production"
  | "host_not_loopback"
  | "port_taken"
  | "options_invalid"
  | "usage"
  | "control_refused"
  | "sign_in_refused";

/** The one error of this package. */
export class DevIdpError extends Error {
  readonly code: DevIdpErrorCode;

  constructor(code: DevIdpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DevIdpError";
    this.code = code;
  }
}
