import type { CoatcheckClient } from "@coatcheck/client";
import { createUpload, type UploadProgress } from "@coatcheck/client/upload";
import { ApiError, apiQueryOptions } from "@coatcheck/react";
import { fileAddress, noteFileSchema, noteFilesSchema, type NoteFile } from "./note-file.ts";

const PATH = "/api/files";

/** A file on its way; `key` names it, so that however often it is sent, there is one. */
export type Upload = { key: string; noteId: string; file: File };

export function noteFilesQueryOptions(client: CoatcheckClient, noteId: string) {
  return apiQueryOptions({
    client,
    queryKey: ["files", noteId],
    path: `${PATH}?${new URLSearchParams({ note: noteId })}`,
    parse: (body) => noteFilesSchema.parse(body).files,
  });
}

/** Where an upload is sent: no two of one note with the same name are told apart by it. */
export function uploadAddress({ noteId, file }: Upload): string {
  return `${PATH}?${new URLSearchParams({ note: noteId, name: file.name })}`;
}

/** Sends a file whole; where the session has ended it waits for the sign-in, and is then sent anew. */
export async function sendUpload(
  client: CoatcheckClient,
  upload: Upload,
  onProgress: (progress: UploadProgress) => void,
): Promise<NoteFile> {
  const { key, file } = upload;
  const headers = { "content-type": file.type || "application/octet-stream", "idempotency-key": key };
  const send = createUpload(client);
  const response = await send(uploadAddress(upload), { method: "POST", headers, body: file }, onProgress);
  if (!response.ok) throw new ApiError(response.status, await response.text());
  return noteFileSchema.parse(await response.json());
}

/** Removes a file; one that is gone already counts as removed. */
export async function removeFile(client: CoatcheckClient, file: NoteFile): Promise<void> {
  const response = await client.apiFetch(fileAddress(file), { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw new ApiError(response.status, await response.text());
}
