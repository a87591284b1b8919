import { type HeaderList, valuesOf } from "../http-message.ts";

/** What a resource server asks for with a Bearer or DPoP challenge. */
export interface BearerChallenge {
  /** `invalid_token`, `insufficient_scope`, `insufficient_user_authentication`, ... */
  readonly error?: string;
  /** Scopes that the call needs, space separated. */
  readonly scope?: string;
  /** RFC 9470: authentication contexts to ask the provider for, space separated. */
  readonly acrValues?: string;
  /** RFC 9470, seconds. */
  readonly maxAgeSeconds?: number;
}

interface Challenge {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

/** A header longer than this says nothing that we need. */
const MAX_LENGTH = 4096;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/uy;
const PARAM =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?=[ \t]*(?:,|$))|"((?:[^"\\]|\\.)*)")/uy;
const SEPARATORS = /[ \t,]+/uy;
const TOKEN_68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/uy;

/**
 * Finds the Bearer (or DPoP) challenge of an answer; the one that names an error first.
 *
 * @param fields The values of all WWW-Authenticate fields.
 * @see RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9470 section 3
 */
export function parseBearerChallenge(fields: readonly string[]): BearerChallenge | undefined {
  const bearer = fields
    .filter((field) => field.length <= MAX_LENGTH)
    .flatMap(parseChallenges)
    .filter(({ scheme }) => scheme === "bearer" || scheme === "dpop");
  const params = (bearer.find((challenge) => challenge.params.has("error")) ?? bearer[0])?.params;
  if (params === undefined) return undefined;
  const [error, scope, acrValues, maxAge] = ["error", "scope", "acr_values", "max_age"].map((name) =>
    params.get(name),
  );
  return {
    ...(error === undefined ? {} : { error }),
    ...(scope === undefined ? {} : { scope }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(maxAge !== undefined && /^\d{1,10}$/u.test(maxAge) ? { maxAgeSeconds: Number(maxAge) } : {}),
  };
}

/** What an answer of this status asks for, if anything. */
export function challengeOf(status: number, headers: HeaderList): BearerChallenge | undefined {
  return status === 401 || status === 403
    ? parseBearerChallenge(valuesOf(headers, "www-authenticate"))
    : undefined;
}

/** Reads the challenges of a WWW-Authenticate field as far as they are well formed. */
function parseChallenges(field: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let current: Challenge | undefined;
  let index = 0;
  while (index < field.length) {
    index += matchAt(SEPARATORS, field, index)?.[0].length ?? 0;
    if (index >= field.length) break;
    const param = matchAt(PARAM, field, index);
    if (param !== null && current !== undefined) {
      const name = (param[1] ?? "").toLowerCase();
      const value = param[2] ?? (param[3] ?? "").replaceAll(/\\(.)/gu, "$1");
      if (!current.params.has(name)) current.params.set(name, value);
      index += param[0].length;
      continue;
    }
    const scheme = matchAt(TOKEN, field, index);
    if (scheme === null) break;
    current = { scheme: scheme[0].toLowerCase(), params: new Map() };
    challenges.push(current);
    index += scheme[0].length;
    const space = matchAt(/[ \t]+/uy, field, index)?.[0].length ?? 0;
    const token68 =
      space === 0 || matchAt(PARAM, field, index + space) !== null
        ? null
        : matchAt(TOKEN_68, field, index + space);
    if (token68 !== null) index += space + token68[0].length;
  }
  return challenges;
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}
