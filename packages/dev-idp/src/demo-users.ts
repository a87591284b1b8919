/** A person who can sign in here. The password is public: it guards nothing. */
export interface DevIdpUser {
  /** The subject identifier (`sub`), also the name by which the control API knows the person. */
  readonly sub: string;
  readonly username: string;
  readonly password: string;
  /** Claims for the scopes `profile` and `email`. */
  readonly claims: {
    readonly name: string;
    readonly given_name?: string;
    readonly family_name?: string;
    readonly preferred_username?: string;
    readonly email?: string;
    readonly email_verified?: boolean;
  };
}

/** Ada and Ines, both with the password `ticket`. */
export const DEMO_USERS: readonly DevIdpUser[] = [
  {
    sub: "ada",
    username: "ada",
    password: "ticket",
    claims: {
      name: "Ada Lindqvist",
      given_name: "Ada",
      family_name: "Lindqvist",
      preferred_username: "ada",
      email: "ada@example.org",
      email_verified: true,
    },
  },
  {
    sub: "ines",
    username: "ines",
    password: "ticket",
    claims: {
      name: "Ines Okafor",
      given_name: "Ines",
      family_name: "Okafor",
      preferred_username: "ines",
      email: "ines@example.org",
      email_verified: true,
    },
  },
];
