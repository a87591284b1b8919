/** Stands for "leave it out" where `undefined` would be a value. */
export const ABSENT: unique symbol = Symbol("absent");

/** Sets a member, or takes it away. */
export function setOrDelete(members: Record<string, unknown>, name: string, value: unknown): void {
  if (value === ABSENT) delete members[name];
  else members[name] = value;
}
