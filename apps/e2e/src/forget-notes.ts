import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Demo } from "@coatcheck/demo";

/**
 * Gives everybody the sample notes again, as on their first visit.
 *
 * Specs share a worker's demo, and which ones share it depends on how busy the machine is: without this, a spec that renames
 * a note breaks another one that looks for it, on some days.
 */
export function forgetNotes({ dataFolder }: Demo): void {
  const notes = new DatabaseSync(join(dataFolder, "notes.sqlite"), { timeout: 2_000 });
  notes.exec("DELETE FROM note; DELETE FROM made; DELETE FROM person;");
  notes.close();
}
