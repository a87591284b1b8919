import { readFileSync, writeFileSync } from "node:fs";
import { FILLED_IN, fillInDocument } from "./readme-parts.ts";
import { repositoryRoot } from "./repository-root.ts";

/** `pnpm readme`: makes the generated parts of the README and of the guides anew. */
for (const document of FILLED_IN) {
  const path = `${repositoryRoot}/${document}`;
  writeFileSync(path, fillInDocument(readFileSync(path, "utf8"), repositoryRoot));
}
