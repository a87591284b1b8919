import { schema as s, type Infer } from "@coatcheck/contract";

/** A file that hangs on a note. */
export const noteFileSchema = s.object({
  id: s.string,
  name: s.string,
  type: s.string,
  bytes: s.number,
  createdAt: s.number,
});

export const noteFilesSchema = s.object({ files: s.array(noteFileSchema) });

export type NoteFile = Infer<typeof noteFileSchema>;

/** Where a file's content is. */
export function fileAddress({ id }: Pick<NoteFile, "id">): string {
  return `/api/files/${encodeURIComponent(id)}`;
}

/** What the notes service lets a browser show; the rest it hands over as a download. */
export function isPicture({ type }: Pick<NoteFile, "type">): boolean {
  return /^image\/(?:png|jpeg|gif|webp|avif)$/.test(type);
}

/** A size in words, as file managers write it. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
