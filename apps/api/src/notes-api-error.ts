/**
 * - `options_invalid`: an option makes no sense; the message says which.
 * - `port_taken`: another process listens there.
 */
export type NotesApiErrorCode = "options_invalid" | "port_taken";

/** The one error of this app. */
export class NotesApiError extends Error {
  readonly code: NotesApiErrorCode;

  constructor(code: NotesApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NotesApiError";
    this.code = code;
  }
}
