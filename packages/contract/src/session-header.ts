import { anonymousReasonSchema } from "./anonymous-reason.ts";
import { number, object, oneOf, string, union, type Infer } from "./schema.ts";

/**
 * `Coatcheck-Session`: what an API call's answer says of the session that it used, so that a page needs no second request
 * to know. Never a claim; always stripped from upstream answers.
 *
 * Without it a call that succeeds while the session ends would take the cookie away, and nobody could say why.
 */
export const SESSION_HEADER = "coatcheck-session";

const liveGlimpseSchema = object({
  state: oneOf("active", "degraded"),
  ticket: string,
  generation: number,
  /** Milliseconds since the epoch by the server's clock, as in `SignedInView`. */
  now: number,
  idleDeadline: number,
  absoluteDeadline: number,
  accessTokenExpiresAt: number,
});

const glimpseSchema = union(
  liveGlimpseSchema,
  object({ state: oneOf("anonymous"), reason: anonymousReasonSchema, now: number }),
);

/** The members of `SessionView` that change with a call. */
export type SessionGlimpse = Infer<typeof glimpseSchema>;
export type LiveGlimpse = Infer<typeof liveGlimpseSchema>;

/** Writes the header's value: `state=active&now=1795000000000&ticket=4127&...`. */
export function writeSessionHeader(glimpse: SessionGlimpse): string {
  const start = `state=${glimpse.state}&now=${glimpse.now}`;
  if (glimpse.state === "anonymous") return `${start}&reason=${glimpse.reason}`;
  const { ticket, generation, idleDeadline, absoluteDeadline, accessTokenExpiresAt } = glimpse;
  return (
    `${start}&ticket=${ticket}&generation=${generation}&idleDeadline=${idleDeadline}` +
    `&absoluteDeadline=${absoluteDeadline}&accessTokenExpiresAt=${accessTokenExpiresAt}`
  );
}

/** Reads it; `undefined` where there is none, or one of another version. */
export function parseSessionHeader(value: string | null): SessionGlimpse | undefined {
  const { state, ticket, reason, ...numbers } = Object.fromEntries(new URLSearchParams(value ?? ""));
  const members: Record<string, unknown> = { state, ticket, reason };
  for (const [name, digits] of Object.entries(numbers)) members[name] = Number(digits);
  return glimpseSchema.safeParse(members).data;
}
