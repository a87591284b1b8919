import * as z from "zod/mini";

/** Body of `POST /bff/validate`. `resource` defaults to `""`: the provider's own token. */
export const validateRequestSchema = z.object({ resource: z.optional(z.string()) });

/**
 * What `POST /bff/validate` answers: facts about the access token, never the token.
 *
 * `method` says who was asked: the provider (RFC 7662 introspection, or its tokeninfo page), or the token itself
 * (JWT, verified against the provider's keys).
 */
export const tokenFactsSchema = z.object({
  active: z.boolean(),
  method: z.enum(["introspection", "tokeninfo", "jwt"]),
  resource: z.string(),
  scopes: z.array(z.string()),
  audience: z.array(z.string()),
  /** Milliseconds since the epoch; absent where the provider doesn't say. */
  expiresAt: z.optional(z.number()),
});

export type TokenFacts = z.infer<typeof tokenFactsSchema>;
