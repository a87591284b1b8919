import { base64url } from "jose";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";

export interface DecodedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Splits a JWT without verifying anything; `undefined` when a part isn't a sound JSON object in UTF-8. */
export function decodeJwt(jwt: string): DecodedJwt | undefined {
  const parts = jwt.split(".");
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map(decodePart);
  return header === undefined || claims === undefined ? undefined : { header, claims };
}

function decodePart(part: string): JsonObject | undefined {
  try {
    return parseJsonObject(new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(part)));
  } catch {
    // Neither base64url nor UTF-8.
    return undefined;
  }
}
