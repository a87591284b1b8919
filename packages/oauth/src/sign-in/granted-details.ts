import { withoutTokens } from "../access-token/page-profile.ts";
import { isJsonObject } from "../call/json-object.ts";
import type { AuthorizationDetail } from "../setup/authorization-details.ts";

/** How what was granted differs from what was asked for. */
export interface DetailsDifference {
  /** Types of what was asked for and isn't granted, or not all of it. */
  readonly missing: readonly string[];
  /** How many were granted that nobody asked for, or beyond what was asked. */
  readonly unasked: number;
}

/** What a token answer says was granted in detail, without anything in it that no page may see. @see RFC 9396 section 7 */
export function readGrantedDetails(
  raw: unknown,
  ownTokens: readonly string[],
): readonly AuthorizationDetail[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((item: unknown) => {
    if (!isJsonObject(item)) return [];
    const { type, ...detail } = withoutTokens(item, ownTokens);
    return typeof type === "string" ? [{ type, ...detail }] : [];
  });
}

/**
 * Compares what was granted with what was asked for; `undefined`: it is the same. What a provider adds to a detail of its own
 * accord (an account that the person chose) is no difference.
 *
 * @see RFC 9396 sections 7 and 7.1
 */
export function compareDetails(
  asked: readonly AuthorizationDetail[],
  granted: readonly AuthorizationDetail[],
): DetailsDifference | undefined {
  const missing = asked.filter((wanted) => !granted.some((given) => holds(given, wanted, "all_asked")));
  const unasked = granted.filter((given) => !asked.some((wanted) => holds(given, wanted, "nothing_else")));
  if (missing.length === 0 && unasked.length === 0) return undefined;
  return { missing: [...new Set(missing.map(({ type }) => type))], unasked: unasked.length };
}

/** Lists are sets; of objects, the members that were asked for count. */
function holds(given: unknown, wanted: unknown, rule: "all_asked" | "nothing_else"): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(given)) return false;
    const [ofGiven, ofWanted]: [readonly unknown[], readonly unknown[]] = [given, wanted];
    return rule === "all_asked"
      ? ofWanted.every((item) => ofGiven.some((other) => holds(other, item, rule)))
      : ofGiven.every((other) => ofWanted.some((item) => holds(other, item, rule)));
  }
  if (!isJsonObject(wanted)) return Object.is(given, wanted);
  return (
    isJsonObject(given) &&
    Object.entries(wanted).every(
      ([name, member]) => Object.hasOwn(given, name) && holds(given[name], member, rule),
    )
  );
}
