/** `not_ready`: a part didn't answer in time. `build_failed`: the page. `child_exited`: the server ended at once. */
export type DemoErrorCode = "not_ready" | "build_failed" | "child_exited";

/** The one error of this app; its message is for the person who starts the demo. */
export class DemoError extends Error {
  readonly code: DemoErrorCode;

  constructor(code: DemoErrorCode, message: string) {
    super(message);
    this.name = "DemoError";
    this.code = code;
  }
}
