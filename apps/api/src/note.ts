import { z } from "zod";

const MAX_TITLE_CHARACTERS = 200;
const MAX_BODY_CHARACTERS = 20_000;

/** What a person writes. */
export const noteTextSchema = z.strictObject({
  title: z.string().max(MAX_TITLE_CHARACTERS),
  body: z.string().max(MAX_BODY_CHARACTERS).default(""),
});

export type NoteText = z.output<typeof noteTextSchema>;

/** A note as the API shows it. Instants are milliseconds since the epoch. */
export interface Note extends NoteText {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** 1 at first, one more with each change; also the entity tag, in quotes. */
  readonly version: number;
}

/** One page of notes, latest change first. */
export interface NotePage {
  readonly notes: readonly Note[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
  /** How many notes there are, or match the search, on all pages. */
  readonly total: number;
}
