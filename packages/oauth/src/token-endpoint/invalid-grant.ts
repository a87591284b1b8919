import { isJsonObject } from "../call/json-object.ts";

const MAX_DEPTH = 4;
/** Where providers and the proxies before them put the code: `{"error":{"code":"invalid_grant"}}` and the like. */
const CODE_MEMBERS = new Set(["error", "code", "error_code", "errorCode", "type"]);

/**
 * Tells whether an answer says `invalid_grant`, as the error code and not just somewhere in its prose.
 *
 * Looked for in JSON at any place of an error code, in a form-encoded body, in markup, and in `WWW-Authenticate`.
 */
export function saysInvalidGrant(text: string, wwwAuthenticate: string | null): boolean {
  if (/\berror\s*=\s*"?invalid_grant\b(?!-)/i.test(wwwAuthenticate ?? "")) return true;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return /(?:^|[^\w-])error["'\s]*[:=>]\s*["']?invalid_grant(?![\w-])/i.test(text);
  }
  return typeof value === "string" ? saysInvalidGrantText(value) : holdsInvalidGrant(value, 0);
}

/** A JSON string that holds the error body, encoded once more. */
function saysInvalidGrantText(text: string): boolean {
  return text === "invalid_grant" || (/^\s*\{/.test(text) && saysInvalidGrant(text, null));
}

function holdsInvalidGrant(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => holdsInvalidGrant(item, depth + 1));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([name, member]) =>
      (CODE_MEMBERS.has(name) && typeof member === "string" && saysInvalidGrantText(member)) ||
      holdsInvalidGrant(member, depth + 1),
  );
}
