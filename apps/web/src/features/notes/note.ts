import * as z from "zod/mini";

/** What a person can change of a note. */
export type NoteText = { title: string; body: string };

export const noteSchema = z.object({
  id: z.string(),
  title: z.string(),
  body: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  version: z.union([z.number(), z.string()]),
});

export type Note = z.infer<typeof noteSchema>;

export const notePageSchema = z.object({
  notes: z.array(noteSchema),
  nextCursor: z.optional(z.nullable(z.string())),
  total: z.number(),
});

export type NotePage = z.infer<typeof notePageSchema>;

/** The name that a note goes by in lists and messages: its title, else its first words. */
export function noteName({ title, body }: NoteText): string {
  const first = title.trim() || (body.trim().split("\n")[0] ?? "");
  return first === "" ? "Untitled" : first.slice(0, 80);
}

/** One line of text under the title in the list. */
export function notePreview({ title, body }: NoteText): string {
  const text = body.trim().replaceAll(/\s+/gu, " ");
  const rest = title.trim() === "" ? text.slice(noteName({ title, body }).length).trim() : text;
  return rest.slice(0, 160);
}

export function isBlank({ title, body }: NoteText): boolean {
  return title.trim() === "" && body.trim() === "";
}

export function sameText(a: NoteText, b: NoteText): boolean {
  return a.title === b.title && a.body === b.body;
}
