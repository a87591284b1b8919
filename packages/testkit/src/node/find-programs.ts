import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first folder that has all of these programs, those of the `PATH` first; `undefined` if there is none. */
export async function findFolderWith(
  programs: readonly string[],
  path: string | undefined,
  further: readonly string[] = [],
): Promise<string | undefined> {
  for (const folder of [...(path ?? "").split(delimiter), ...further]) {
    try {
      for (const name of programs) await access(join(folder, name), constants.X_OK);
      return folder;
    } catch {
      // Not in this folder.
      continue;
    }
  }
  return undefined;
}
