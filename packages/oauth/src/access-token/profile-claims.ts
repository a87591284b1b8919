import { isJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";

const MAX_SUB_LENGTH = 255;
/** Where providers list the addresses: as they are, or on a page of a list. */
const LIST_MEMBERS = ["values", "emails", "data"] as const;

export type ProfileClaims =
  | { readonly kind: "claims"; readonly claims: JsonObject & { readonly sub: string } }
  | { readonly kind: "sub_missing" }
  /** Neither a text nor a whole number that is exact. */
  | { readonly kind: "sub_malformed" };

/** Takes claims out of a profile: by claim the places where it may stand, of which the first that says something counts. */
export function readProfile(profile: JsonObject, places: Readonly<Record<string, string>>): ProfileClaims {
  const found = Object.entries(places).flatMap(([claim, place]) => {
    const value = valueAt(profile, place);
    return value === undefined ? [] : [[claim, value] as const];
  });
  const { sub: raw, ...claims } = Object.fromEntries(found) as JsonObject;
  if (raw === undefined) return { kind: "sub_missing" };
  const sub = readSub(raw);
  return sub === undefined ? { kind: "sub_malformed" } : { kind: "claims", claims: { ...claims, sub } };
}

/** GitHub's is a number. Without this, one that JavaScript can't hold exactly would be two people's. */
function readSub(raw: unknown): string | undefined {
  if (typeof raw === "number") return Number.isSafeInteger(raw) ? String(raw) : undefined;
  const isUsable = typeof raw === "string" && raw.length <= MAX_SUB_LENGTH && raw.isWellFormed();
  return isUsable ? raw : undefined;
}

/** Nothing but texts, numbers and truths: whatever else stands there is no claim that a page could show. */
function valueAt(profile: JsonObject, places: string): string | number | boolean | undefined {
  for (const place of places.split("|")) {
    let value: unknown = profile;
    for (const name of place.split("."))
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof value === "string" ? value !== "" : typeof value === "number" || typeof value === "boolean")
      return value as string | number | boolean;
  }
  return undefined;
}

/** The verified primary address of a list, as GitHub, Gitea (`primary`, `verified`) and Bitbucket (`is_primary`, `is_confirmed`) give it. */
export function primaryEmail(answer: unknown): string | undefined {
  const list = Array.isArray(answer)
    ? answer
    : isJsonObject(answer)
      ? LIST_MEMBERS.map((name) => answer[name]).find(Array.isArray)
      : undefined;
  const entry: unknown = list?.find(
    (one: unknown) =>
      isJsonObject(one) &&
      (one["primary"] ?? one["is_primary"]) === true &&
      (one["verified"] ?? one["is_confirmed"]) === true,
  );
  const email = isJsonObject(entry) ? entry["email"] : undefined;
  return typeof email === "string" && email !== "" ? email : undefined;
}
