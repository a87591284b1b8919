import type { DevIdpUser } from "./options/demo-users.ts";
import { scopeClaims } from "./scope-claims.ts";

/** Who can sign in here; tests may add people while the server runs. */
export interface People {
  list(): readonly DevIdpUser[];
  bySub(sub: string | undefined): DevIdpUser | undefined;
  /** As typed: blanks around it and capital letters don't count. */
  byUsername(rawUsername: string): DevIdpUser | undefined;
  /** Adds a person, or replaces the one with the same `sub`. @returns why that can't be */
  put(user: DevIdpUser): string | undefined;
}

export function createPeople(users: readonly DevIdpUser[]): People {
  const bySub = new Map(users.map((user) => [user.sub, user]));
  const issued = new Set(Object.values(scopeClaims(users)).flat());

  function byUsername(rawUsername: string): DevIdpUser | undefined {
    const username = rawUsername.trim().toLowerCase();
    return [...bySub.values()].find((user) => user.username.toLowerCase() === username);
  }

  return {
    list: () => [...bySub.values()],
    bySub: (sub) => (sub === undefined ? undefined : bySub.get(sub)),
    byUsername,
    put(user) {
      const namesake = byUsername(user.username);
      if (namesake !== undefined && namesake.sub !== user.sub) {
        return `username: ${user.username} is taken by ${namesake.sub}.`;
      }
      // Which scope yields which claim is fixed when the server starts.
      const unknown = Object.keys(user.claims).filter((name) => !issued.has(name));
      if (unknown.length > 0) {
        return `claims: nobody had ${unknown.join(", ")} when the server started; give it to one of \`users\` there.`;
      }
      bySub.set(user.sub, user);
      return undefined;
    },
  };
}
