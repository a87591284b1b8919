/** `config_unreadable`: the configuration file. `config_invalid`: what is configured. `web_missing`: no built page. `port_taken`: another process listens there. `ledger_unusable`: it can't be opened. */
export type ServerErrorCode =
  | "config_unreadable"
  | "config_invalid"
  | "web_missing"
  | "port_taken"
  | "ledger_unusable";

/** The one error of this package; its message is for the person who starts the process. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerError";
    this.code = code;
  }
}
