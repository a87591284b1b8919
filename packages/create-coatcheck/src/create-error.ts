/**
 * - `usage`: a flag makes no sense.
 * - `folder_not_empty`: something is in the folder that would be written over.
 * - `install_failed`: the package manager didn't install the dependencies.
 */
export type CreateErrorCode = "usage" | "folder_not_empty" | "install_failed";

/** The one error of this package; its message is for the person at the terminal. */
export class CreateError extends Error {
  readonly code: CreateErrorCode;

  constructor(code: CreateErrorCode, message: string) {
    super(message);
    this.name = "CreateError";
    this.code = code;
  }
}
