import { type Infer, boolean, object, optional, string } from "./schema.ts";

/**
 * Body of `POST /bff/logout`. `provider: true` also ends the session at the provider; `everywhere: true` ends all of the
 * person's sessions, in all browsers.
 */
export const logoutRequestSchema = object({ provider: optional(boolean), everywhere: optional(boolean) });

/** Where the page goes next: `/`, or `/bff/logout/provider` as a navigation. */
export const logoutResultSchema = object({ next: string });

export type LogoutResult = Infer<typeof logoutResultSchema>;
