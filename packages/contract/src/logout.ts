import { type Infer, boolean, object, optional, string } from "./schema.ts";

/**
 * Body of `POST /bff/logout`. `provider: true` also ends the session at the provider, which gets the two texts: who is signing
 * out as it knows them, and language tags for its pages, space separated. `everywhere: true` ends all of the person's sessions,
 * in all browsers.
 */
export const logoutRequestSchema = object({
  provider: optional(boolean),
  everywhere: optional(boolean),
  logoutHint: optional(string),
  uiLocales: optional(string),
});

export type LogoutBody = Infer<typeof logoutRequestSchema>;

/** Where the page goes next: `/`, or `/bff/logout/provider` as a navigation. */
export const logoutResultSchema = object({ next: string });

export type LogoutResult = Infer<typeof logoutResultSchema>;
