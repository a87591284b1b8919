import { createClient } from "@coatcheck/client";
import { createSessionMemory } from "@coatcheck/client/offline";

const client = createClient({ memory: createSessionMemory() });
client.start();

/** Whose page this is, as far as anybody can tell, also where no server answers. */
export async function whose(): Promise<string | undefined> {
  await client.session.check();
  return client.userKey();
}
