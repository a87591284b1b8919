import { readFileSync, writeFileSync } from "node:fs";
import { fillInReadme } from "./readme-parts.ts";
import { repositoryRoot } from "./repository-root.ts";

/** `pnpm readme`: makes the README's generated parts anew. */
const path = `${repositoryRoot}/README.md`;
writeFileSync(path, fillInReadme(readFileSync(path, "utf8"), repositoryRoot));
