import type { CoatcheckClient } from "@coatcheck/client";
import { getApiJson } from "@coatcheck/react";
import { noteName, notePageSchema, type NoteText } from "../note.ts";

const PAGE_SIZE = 100;

/** Saves one note as a text file. */
export function downloadNote(text: NoteText): void {
  save(`${fileName(noteName(text))}.md`, toMarkdown(text));
}

/** Saves all notes as one text file, newest change first. */
export async function downloadAllNotes(client: CoatcheckClient): Promise<void> {
  const texts: string[] = [];
  let cursor: string | null | undefined = "";
  while (cursor !== undefined && cursor !== null) {
    const search: URLSearchParams = new URLSearchParams({
      limit: String(PAGE_SIZE),
      ...(cursor && { cursor }),
    });
    const page = notePageSchema.parse(await getApiJson(client, `/api/notes?${search}`));
    texts.push(...page.notes.map(toMarkdown));
    cursor = page.nextCursor;
  }
  save("notes.md", texts.join("\n\n---\n\n"));
}

export function toMarkdown({ title, body }: NoteText): string {
  return [title.trim() === "" ? [] : `# ${title.trim()}`, body.trimEnd()].flat().join("\n\n");
}

/** What every file system takes. */
export function fileName(name: string): string {
  const safe = name
    .replaceAll(/[^\p{L}\p{N} _-]+/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim();
  return safe.slice(0, 60) || "note";
}

function save(name: string, text: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  const link = Object.assign(document.createElement("a"), { href, download: name });
  link.click();
  URL.revokeObjectURL(href);
}
