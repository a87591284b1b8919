/**
 * What `npm create coatcheck` does, for programs.
 *
 * @example
 * ```ts
 * writeApp({ folder, name: "my-app", port: 3000 });
 * ```
 *
 * @module
 */
export { writeApp, type AppSettings } from "./write-app.ts";
export {
  planAddition,
  writeAddition,
  type Addition,
  type AdditionSettings,
  type FileChange,
} from "./add-to-app.ts";
export { CreateError, type CreateErrorCode } from "./create-error.ts";
