import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DevIdpError } from "../dev-idp-error.ts";
import type { DevIdpOptions } from "./dev-idp-options.ts";

/**
 * Reads options from a JSON file: the fields of `DevIdpOptions`, with `users` as a list or as the path of another file,
 * counted from this one. What they say is checked when the server is made.
 *
 * @throws {DevIdpError} `options_invalid`: not there, or not a JSON object
 */
export function readDevIdpOptions(path: string): DevIdpOptions {
  const options = readJsonFile(path);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new DevIdpError(
      "options_invalid",
      `${path} must hold an object: { "clients": [...], "users": [...] }.`,
    );
  }
  const { users } = options as { readonly users?: unknown };
  return {
    ...(options as DevIdpOptions),
    ...(typeof users === "string" ? { users: resolve(dirname(path), users) } : {}),
  };
}

/** @throws {DevIdpError} `options_invalid` */
export function readJsonFile(path: string): unknown {
  let json: string;
  try {
    json = readFileSync(path, "utf8");
  } catch (cause) {
    throw new DevIdpError("options_invalid", `${path} can't be read: is the path right?`, { cause });
  }
  try {
    return JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : String(cause);
    throw new DevIdpError("options_invalid", `${path} is not JSON: ${reason}.`, { cause });
  }
}
