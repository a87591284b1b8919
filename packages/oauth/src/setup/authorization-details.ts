import { isJsonObject } from "../call/json-object.ts";

export const AUTHORIZATION_DETAILS_FIX =
  'write a JSON list of objects, each with a type: [{"type":"payment_initiation","actions":["initiate"]}]';

/** What is asked for, or granted, in detail. @see RFC 9396 section 2 */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Parses what a sign-in asks for in detail; `undefined`: it isn't that. @see RFC 9396 section 2 */
export function parseAuthorizationDetails(text: string): readonly AuthorizationDetail[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Whoever asked says what to write.
    return undefined;
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const isDetail = (item: unknown): boolean =>
    isJsonObject(item) && typeof item["type"] === "string" && item["type"] !== "";
  return value.every(isDetail) ? (value as readonly AuthorizationDetail[]) : undefined;
}
