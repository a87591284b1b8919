import type { Lie } from "../lie.ts";

/** Tells another lie about refreshed tokens only. */
export function onlyOnRefresh(lie: Lie): Lie {
  const { idTokenDraft, tokenResponse, reply } = lie;
  return {
    name: `${lie.name}-on-refresh`,
    ...(idTokenDraft === undefined
      ? {}
      : { idTokenDraft: (draft) => (draft.grantType === "refresh_token" ? idTokenDraft(draft) : undefined) }),
    ...(tokenResponse === undefined
      ? {}
      : {
          tokenResponse: (body, grantType) =>
            grantType === "refresh_token" ? tokenResponse(body, grantType) : undefined,
        }),
    ...(reply === undefined
      ? {}
      : {
          reply: (endpoint, normal, form) =>
            form.get("grant_type") === "refresh_token" ? reply(endpoint, normal, form) : normal,
        }),
  };
}
