import { schema as s, type Infer } from "@coatcheck/contract";
import { noteSchema, typedTextSchema } from "../note.ts";

/** A note that isn't saved, as it is kept in this browser. */
export const noteDraftSchema = s.object({
  text: typedTextSchema,
  /** What the text was made from; `null` for a note that the server doesn't know yet. */
  base: s.union(s.oneOf(null), noteSchema),
  /** What was sent last and may have arrived, where the page didn't live to hear it. */
  sent: s.union(s.oneOf(null), typedTextSchema),
});

export type NoteDraft = Infer<typeof noteDraftSchema>;
