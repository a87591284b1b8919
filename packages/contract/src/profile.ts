import { type Infer, looseObject, string } from "./schema.ts";

/** What `GET /bff/userinfo` answers: the provider's UserInfo claims. @see OpenID Connect Core section 5.3 */
export const profileSchema = looseObject({ sub: string });

export type Profile = Infer<typeof profileSchema>;
