/** `web_missing`: no built page. `port_taken`: another process listens there. `not_ready`: a part didn't answer in time. */
export type ServerErrorCode =
  | "web_missing"
  | "port_taken"
  | "ledger_unusable"
  | "not_ready"
  | "build_failed"
  | "child_exited";

/** The one error of this app; its message is for the person who starts the process. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerError";
    this.code = code;
  }
}
