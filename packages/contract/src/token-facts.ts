import { type Infer, array, boolean, number, object, oneOf, optional, string } from "./schema.ts";

/** Body of `POST /bff/validate` and `POST /bff/refresh`: whose token. `resource` defaults to `""`: the provider's own. */
export const resourceRequestSchema = object({ resource: optional(string) });

/**
 * What `POST /bff/validate` answers: facts about the access token, never the token.
 *
 * `method` says who was asked: the provider (RFC 7662 introspection, or its tokeninfo page), or the token itself
 * (JWT, verified against the provider's keys).
 */
export const tokenFactsSchema = object({
  active: boolean,
  method: oneOf("introspection", "tokeninfo", "jwt"),
  resource: string,
  scopes: array(string),
  audience: array(string),
  /** Milliseconds since the epoch; absent where the provider doesn't say. */
  expiresAt: optional(number),
});

export type TokenFacts = Infer<typeof tokenFactsSchema>;
