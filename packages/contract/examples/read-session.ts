import { BFF_PATHS, sessionViewSchema, type SessionView } from "@coatcheck/contract";

/** Who is signed in, asked without the client: from a service worker, or in another language's words. */
export async function readSession(fetchOurs: typeof fetch): Promise<SessionView | undefined> {
  const answer = await fetchOurs(BFF_PATHS.session, { headers: { "X-Coatcheck": "1" } });
  return sessionViewSchema.safeParse(await answer.json()).data;
}
