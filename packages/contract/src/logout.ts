import * as z from "zod/mini";

/** Body of `POST /bff/logout`. `provider: true` also ends the session at the provider. */
export const logoutRequestSchema = z.object({ provider: z.optional(z.boolean()) });

/** Where the page goes next: `/`, or `/bff/logout/provider` as a navigation. */
export const logoutResultSchema = z.object({ next: z.string() });

export type LogoutResult = z.infer<typeof logoutResultSchema>;
