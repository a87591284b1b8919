import type { DevIdpUser } from "@coatcheck/dev-idp";

/** Makes people for the provider: each has their own counters there, so that rounds of different people can overlap. */
export function inventPeople(count: number): readonly DevIdpUser[] {
  return Array.from({ length: count }, (_, index) => {
    const sub = `visitor-${String(index + 1).padStart(4, "0")}`;
    return { sub, username: sub, password: "ticket", claims: { name: sub, email: `${sub}@example.org` } };
  });
}

/** Who isn't signed in anywhere just now. */
export interface WaitingRoom {
  /** @throws {RangeError} when nobody is left */
  next(): DevIdpUser;
  comeBack(person: DevIdpUser): void;
}

export function createWaitingRoom(people: readonly DevIdpUser[]): WaitingRoom {
  const waiting = [...people];
  return {
    next() {
      const person = waiting.shift();
      if (person === undefined) throw new RangeError("More people are needed.");
      return person;
    },
    comeBack: (person) => void waiting.push(person),
  };
}
