import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtWebFolder } from "@coatcheck/demo";
import type { Evidence } from "@coatcheck/playwright";

/** Every file of the built page. */
export function readBundle(): readonly Evidence[] {
  return readdirSync(builtWebFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({
      where: `bundle ${entry.name}`,
      text: readFileSync(join(entry.parentPath, entry.name)).toString("latin1"),
    }));
}
