import { isJsonObject } from "../call/json-object.ts";
import { decodeJwt } from "../jwt/decode-jwt.ts";

/** Aggregated and distributed claims: where to fetch more about the person, with access tokens. @see OpenID Connect Core section 5.6.2 */
const CLAIM_SOURCE = /^_claim_(?:names|sources)$/;
/** Members that hold a token whatever it looks like. */
const TOKEN_MEMBER = /^(?:access|refresh|id|logout|bearer)_?token$|^jwt$|^client_?secret$/i;
const MAX_DEPTH = 8;

/**
 * Takes out of UserInfo claims what no page may see: claim sources, tokens of any kind at any depth, and the session's
 * own tokens wherever they stand.
 */
export function withoutTokens(
  claims: Readonly<Record<string, unknown>>,
  ownTokens: readonly string[],
): Record<string, unknown> {
  const isToken = (text: string): boolean =>
    ownTokens.some((token) => token !== "" && text.includes(token)) || looksLikeJwt(text);

  /** `undefined`: nothing is left of it. */
  function cleaned(value: unknown, depth: number): unknown {
    if (typeof value === "string") return isToken(value) ? undefined : value;
    if (typeof value !== "object" || value === null) return value;
    if (depth === MAX_DEPTH) return undefined;
    if (Array.isArray(value)) {
      return value.map((item) => cleaned(item, depth + 1)).filter((item) => item !== undefined);
    }
    return isJsonObject(value) ? cleanedMembers(value, depth) : undefined;
  }

  function cleanedMembers(
    members: Readonly<Record<string, unknown>>,
    depth: number,
  ): Record<string, unknown> {
    const kept = Object.entries(members)
      .filter(([name]) => !TOKEN_MEMBER.test(name) && !isToken(name))
      .map(([name, member]) => [name, cleaned(member, depth + 1)] as const)
      .filter(([, member]) => member !== undefined);
    return Object.fromEntries(kept);
  }

  return Object.fromEntries(
    Object.entries(cleanedMembers(claims, 0)).filter(([name]) => !CLAIM_SOURCE.test(name)),
  );
}

/** Anywhere in the text: `Bearer eyJ...` is one, too. An encrypted one has five parts. */
function looksLikeJwt(text: string): boolean {
  const candidates = text.match(/[\w-]{4,}(?:\.[\w-]*){2,4}/g) ?? [];
  return candidates.some((candidate) => {
    const header = candidate.split(".")[0] ?? "";
    return decodeJwt(`${header}.e30.`)?.header["alg"] !== undefined;
  });
}
