import { number, object, oneOf, string, type Infer } from "./schema.ts";

/**
 * `Coatcheck-Session`: what an API call's answer says of the session that it used, so that a page needs no second request
 * to know. Never a claim; always stripped from upstream answers.
 */
export const SESSION_HEADER = "coatcheck-session";

const glimpseSchema = object({
  state: oneOf("active", "degraded"),
  ticket: string,
  generation: number,
  /** Milliseconds since the epoch by the server's clock, as in `SignedInView`. */
  now: number,
  idleDeadline: number,
  absoluteDeadline: number,
  accessTokenExpiresAt: number,
});

/** The members of `SignedInView` that change with a call. */
export type SessionGlimpse = Infer<typeof glimpseSchema>;

/** Writes the header's value: `state=active&ticket=4127&...`. */
export function writeSessionHeader(glimpse: SessionGlimpse): string {
  const { state, ticket, generation, now, idleDeadline, absoluteDeadline, accessTokenExpiresAt } = glimpse;
  return (
    `state=${state}&ticket=${ticket}&generation=${generation}&now=${now}&idleDeadline=${idleDeadline}` +
    `&absoluteDeadline=${absoluteDeadline}&accessTokenExpiresAt=${accessTokenExpiresAt}`
  );
}

/** Reads it; `undefined` where there is none, or one of another version. */
export function parseSessionHeader(value: string | null): SessionGlimpse | undefined {
  const { state, ticket, ...numbers } = Object.fromEntries(new URLSearchParams(value ?? ""));
  const members: Record<string, unknown> = { state, ticket };
  for (const [name, digits] of Object.entries(numbers)) members[name] = Number(digits);
  return glimpseSchema.safeParse(members).data;
}
