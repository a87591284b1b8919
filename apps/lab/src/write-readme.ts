import { readFileSync, writeFileSync } from "node:fs";
import { fillInDocument, findDocuments } from "./readme-parts.ts";
import { repositoryRoot } from "./repository-root.ts";

/** `pnpm readme`: makes the generated parts of all documents anew. */
for (const document of findDocuments(repositoryRoot)) {
  const path = `${repositoryRoot}/${document}`;
  writeFileSync(path, fillInDocument(readFileSync(path, "utf8"), repositoryRoot));
}
