/** `config_unreadable`: the configuration file. `config_invalid`: what is configured. `web_missing`: no built page. `port_taken`: another process listens there. `ledger_unusable`: it can't be opened. `telemetry_missing`: its packages aren't installed. */
export type ServerErrorCode =
  | "config_unreadable"
  | "config_invalid"
  | "web_missing"
  | "port_taken"
  | "ledger_unusable"
  | "telemetry_missing";

/** The one error of this package; its message is for the person who starts the process: what is wrong, and what to change. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;
  readonly problem: string;
  readonly fix: string;

  /** @param problem without a full stop; `fix` goes on with it after a colon */
  constructor(code: ServerErrorCode, problem: string, fix: string, options?: ErrorOptions) {
    super(`${problem}: ${fix}`, options);
    this.name = "ServerError";
    this.code = code;
    this.problem = problem;
    this.fix = fix;
  }
}
