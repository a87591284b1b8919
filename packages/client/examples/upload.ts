import { createClient } from "@coatcheck/client";
import { createUpload } from "@coatcheck/client/upload";

const client = createClient({ keepCalls: true });
const upload = createUpload(client);

/** Sent anew where the session has ended on the way; by the key, the API takes it once. */
export async function attach(noteId: string, file: File, bar: HTMLProgressElement): Promise<boolean> {
  const address = `/api/files?${new URLSearchParams({ note: noteId, name: file.name })}`;
  const headers = { "content-type": file.type, "idempotency-key": crypto.randomUUID() };
  const answer = await upload(address, { method: "POST", headers, body: file }, ({ sent, total }) => {
    bar.max = total;
    bar.value = sent;
  });
  return answer.ok;
}
