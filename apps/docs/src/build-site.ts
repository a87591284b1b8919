import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { writeApiReference } from "./api-reference.ts";
import { repositoryFolder } from "./repository.ts";
import { stageFolder, stageSite } from "./stage-site.ts";

/** What the generator calls the root: its configuration and theme are below. */
export const siteFolder = fileURLToPath(new URL("..", import.meta.url));

/** Where the built site is. */
export const builtFolder = join(siteFolder, "dist");

/** Builds the whole site anew into `builtFolder`. */
export async function buildSite(): Promise<void> {
  stageSite();
  cpSync(join(repositoryFolder, "apps/web/public/favicon.svg"), join(stageFolder, "public", "favicon.svg"));
  await writeApiReference();
  await build(siteFolder);
}
