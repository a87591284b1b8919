import { schema as s, type Infer } from "@coatcheck/contract";

/** What a person can change of a note. */
export const typedTextSchema = s.object({ title: s.string, body: s.string });

export type NoteText = Infer<typeof typedTextSchema>;

export const noteSchema = s.object({
  id: s.string,
  title: s.string,
  body: s.string,
  createdAt: s.number,
  updatedAt: s.number,
  version: s.union(s.number, s.string),
});

export type Note = Infer<typeof noteSchema>;

export const notePageSchema = s.object({
  notes: s.array(noteSchema),
  nextCursor: s.optional(s.union(s.oneOf(null), s.string)),
  total: s.number,
});

export type NotePage = Infer<typeof notePageSchema>;

/** The name that a note goes by in lists and messages: its title, else its first words. */
export function noteName({ title, body }: NoteText): string {
  const first = title.trim() || (body.trim().split("\n")[0] ?? "");
  return first === "" ? "Untitled" : first.slice(0, 80);
}

/** The text under the title in the list, on one line. */
export function notePreview({ title, body }: NoteText, maxCharacters: number): string {
  const text = body.trim().replaceAll(/\s+/gu, " ");
  const rest = title.trim() === "" ? text.slice(noteName({ title, body }).length).trim() : text;
  return rest.slice(0, maxCharacters);
}

export function isBlank({ title, body }: NoteText): boolean {
  return title.trim() === "" && body.trim() === "";
}

export function sameText(a: NoteText, b: NoteText): boolean {
  return a.title === b.title && a.body === b.body;
}
