import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryFolder } from "./repository.ts";
import { findSitePages } from "./site-pages.ts";
import { drawingPath, picturePath, stagePage, titleOf } from "./stage-page.ts";

/** Where the generator finds the site's pages. */
export const stageFolder = fileURLToPath(new URL("../.data/site", import.meta.url));

/** Lays out all pages but the API reference, which takes longer, anew in `stageFolder`. */
export function stageSite(): void {
  rmSync(stageFolder, { recursive: true, force: true });
  const pages = findSitePages();
  const decisions: string[] = [];
  for (const page of pages) {
    const text = readSource(page.source);
    const staged = stagePage(page, text, pages, readSource);
    write(page.path, staged.text);
    for (const picture of staged.pictures) layOutPicture(picture);
    if (page.path.startsWith("decisions/")) decisions.push(`- [${titleOf(text)}](/${page.path})\n`);
  }
  const introduction =
    "Why something is as it is, and when to look at it again. One a file, in the order in which they were made.";
  write("decisions/index.md", `# Decisions\n\n${introduction}\n\n${decisions.join("")}`);
}

function readSource(source: string): string {
  return readFileSync(join(repositoryFolder, source), "utf8");
}

function write(path: string, text: string): void {
  const file = join(stageFolder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A drawing has both looks in it, by the system's choice; the site's own switch needs one of each. */
function layOutPicture(picture: string): void {
  const file = join(repositoryFolder, picture);
  const path = join("public", picturePath(picture));
  if (!picture.endsWith(".svg")) return copy(file, join(stageFolder, path));
  const drawing = readSource(picture);
  for (const [look, media] of [
    ["light", "not all"],
    ["dark", "all"],
  ] as const)
    write(drawingPath(path, look), drawing.replace("@media (prefers-color-scheme: dark)", `@media ${media}`));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
