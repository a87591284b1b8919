import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fillInReadme } from "./readme-parts.ts";

/** `pnpm readme`: makes the README's generated parts anew. */
const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url));
const path = `${repositoryRoot}/README.md`;
writeFileSync(path, fillInReadme(readFileSync(path, "utf8"), repositoryRoot));
