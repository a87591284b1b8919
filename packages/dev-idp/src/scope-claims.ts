import type { DevIdpUser } from "./options/demo-users.ts";

/** @see OpenID Connect Core 1.0, section 5.4 */
const STANDARD: Readonly<Record<string, readonly string[]>> = {
  profile: [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
  ],
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

/** Which scope yields which claims: the standard ones by their scope, what is an application's own with each sign-in. */
export function scopeClaims(users: readonly DevIdpUser[]): Record<string, string[]> {
  const standard = new Set(Object.values(STANDARD).flat());
  const own = new Set(
    users.flatMap(({ claims }) => Object.keys(claims)).filter((name) => !standard.has(name)),
  );
  own.delete("sub");
  return {
    openid: ["sub", ...own],
    ...Object.fromEntries(Object.entries(STANDARD).map(([scope, claims]) => [scope, [...claims]])),
  };
}
