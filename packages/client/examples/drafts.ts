import { schema as s } from "@coatcheck/contract";
import { createDrafts } from "@coatcheck/client/drafts";

const noteSchema = s.object({ title: s.string, body: s.string, idempotencyKey: s.string });

/** What the last page of this person didn't save is sent first; a key a save, so that nothing is created twice. */
export async function openNotes(userKey: string, apiFetch: typeof fetch) {
  const drafts = createDrafts({ person: userKey, schema: noteSchema });
  await drafts.ready;
  for (const { key, value } of drafts.all()) {
    const { idempotencyKey, ...note } = value;
    const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey };
    const answer = await apiFetch("/api/notes", { method: "POST", headers, body: JSON.stringify(note) });
    if (answer.ok) drafts.drop(key);
  }
  return drafts;
}
