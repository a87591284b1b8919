import * as z from "zod/mini";

/** What `GET /bff/userinfo` answers: the provider's UserInfo claims. @see OpenID Connect Core section 5.3 */
export const profileSchema = z.looseObject({ sub: z.string() });

export type Profile = z.infer<typeof profileSchema>;
