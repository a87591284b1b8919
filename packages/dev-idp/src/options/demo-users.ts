/** A person who can sign in here. The password is public: it guards nothing. */
export interface DevIdpUser {
  /** The subject identifier (`sub`), also the name by which the control API knows the person. */
  readonly sub: string;
  readonly username: string;
  readonly password: string;
  /** Default `true`; `false`: the sign-in page doesn't name them, as for people who only scripts play. */
  readonly isListed?: boolean;
  /** Any claims: the standard ones come with their scopes, others with each sign-in. */
  readonly claims: { readonly name: string; readonly [claim: string]: unknown };
}

/** The password of everybody who is given none. */
export const DEFAULT_PASSWORD = "ticket";

function demoUser(username: string, givenName: string, familyName: string): DevIdpUser {
  return {
    sub: username,
    username,
    password: DEFAULT_PASSWORD,
    claims: {
      name: `${givenName} ${familyName}`,
      given_name: givenName,
      family_name: familyName,
      preferred_username: username,
      email: `${username}@example.org`,
      email_verified: true,
    },
  };
}

/** Ada and Ines, both with the password `ticket`. */
export const DEMO_USERS: readonly DevIdpUser[] = [
  demoUser("ada", "Ada", "Lindqvist"),
  demoUser("ines", "Ines", "Okafor"),
];
