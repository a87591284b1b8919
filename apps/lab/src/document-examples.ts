import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findDocuments } from "./readme-parts.ts";

/** A block of code in a document. */
export interface CodeBlock {
  readonly document: string;
  readonly language: string;
  readonly code: string;
  /** What the comment before it says of it: `example:FILE`, `excerpt:FILE`, `run:TEST`, `checked:TEST`. */
  readonly says: { readonly kind: string; readonly path: string } | undefined;
}

const BLOCK = /(?:<!-- (example|excerpt|run|checked):(\S+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;

/** Every block of code in every document; drawings, which have no language, aren't code. */
export function findCodeBlocks(repositoryRoot: string): readonly CodeBlock[] {
  return findDocuments(repositoryRoot).flatMap((document) =>
    [...readFileSync(join(repositoryRoot, document), "utf8").matchAll(BLOCK)]
      .filter(([, , , language]) => language !== "")
      .map(([, kind, path, language = "", code = ""]) => ({
        document,
        language,
        code,
        says: kind === undefined || path === undefined ? undefined : { kind, path },
      })),
  );
}

/** Lines of an example stand in a file one after the other, indented as they may be. */
export function isExcerpt(code: string, text: string): boolean {
  return squeeze(text).includes(squeeze(code));
}

function squeeze(text: string): string {
  return `\n${text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n")}\n`;
}
