/**
 * - `usage`: a flag makes no sense.
 * - `folder_not_empty`: something is in the folder that would be written over.
 * - `not_a_vite_app`: there is no app in the folder that Coatcheck could be added to.
 * - `file_exists`: something would be written over that is there.
 * - `install_failed`: the package manager didn't install the dependencies.
 */
export type CreateErrorCode =
  | "usage"
  | "folder_not_empty"
  | "not_a_vite_app"
  | "file_exists"
  | "install_failed";

/** The one error of this package; its message is for the person at the terminal. */
export class CreateError extends Error {
  readonly code: CreateErrorCode;

  constructor(code: CreateErrorCode, message: string) {
    super(message);
    this.name = "CreateError";
    this.code = code;
  }
}
