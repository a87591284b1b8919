import { parseJsonObject } from "../call/json-object.ts";

/** A token response reduced to the members that we use, each of its right type. */
export interface TokenResponseMembers {
  readonly access_token: string;
  readonly token_type: string;
  readonly refresh_token?: string;
  /** Seconds, positive and believable; absent where the provider's wasn't. */
  readonly expires_in?: number;
  readonly scope?: string;
  readonly id_token?: string;
}

export type TokenResponse =
  | { readonly kind: "token_response"; readonly members: TokenResponseMembers }
  | { readonly kind: "unreadable"; readonly reason: string };

/** Nobody hands out access tokens for longer than a year; more is a mistake of units. */
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

/**
 * Reads the body of a successful token response.
 *
 * `null` and an empty refresh token count as absent, and so does an `expires_in` that is no positive, believable number
 * (S-031): providers send all of these, and a rotated token must not be lost over them.
 *
 * @see RFC 6749 section 5.1
 */
export function readTokenResponse(text: string): TokenResponse {
  const unreadable = (reason: string): TokenResponse => ({ kind: "unreadable", reason });
  const body = parseJsonObject(text);
  if (body === undefined) return unreadable("not_json_object");
  const accessToken = body["access_token"];
  if (typeof accessToken !== "string" || accessToken === "") return unreadable("access_token_missing");
  // It goes into a header: RFC 6750 section 2.1.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) return unreadable("access_token_malformed");
  const tokenType = body["token_type"];
  if (typeof tokenType !== "string") return unreadable("token_type_missing");
  if (tokenType.toLowerCase() !== "bearer") return unreadable("token_type_unknown");
  for (const name of ["refresh_token", "scope", "id_token"]) {
    const value = body[name];
    if (value !== undefined && value !== null && typeof value !== "string")
      return unreadable(`${name}_malformed`);
  }
  const expiresIn = believableSeconds(body["expires_in"]);
  return {
    kind: "token_response",
    members: {
      access_token: accessToken,
      token_type: "bearer",
      ...(isText(body["refresh_token"]) ? { refresh_token: body["refresh_token"] } : {}),
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      ...(typeof body["scope"] === "string" ? { scope: body["scope"] } : {}),
      ...(isText(body["id_token"]) ? { id_token: body["id_token"] } : {}),
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A number, or a decimal written as a string, as some providers send it. */
function believableSeconds(raw: unknown): number | undefined {
  const seconds = typeof raw === "string" && /^\d{1,10}$/.test(raw) ? Number(raw) : raw;
  return typeof seconds === "number" && seconds > 0 && seconds <= MAX_EXPIRES_IN_SECONDS
    ? seconds
    : undefined;
}
