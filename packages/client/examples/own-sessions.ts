import type { CoatcheckClient } from "@coatcheck/client";
import { createOwnSessions } from "@coatcheck/client/sessions";

/** Signs the person out in every other browser, and stays signed in here. */
export async function signOutOthers(client: CoatcheckClient): Promise<number> {
  const own = createOwnSessions(client);
  const { sessions } = await own.list();
  const others = sessions.filter(({ isCurrent }) => !isCurrent);
  for (const { id } of others) await own.end(id);
  return others.length;
}
