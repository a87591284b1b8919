import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";
import { writeApi } from "./api-files.ts";
import { installPackages } from "./installed-packages.ts";

/** `pnpm api`: writes what the packages offer, as they would be published, into `docs/api`. */
const place = mkdtempSync(join(tmpdir(), "coatcheck-api-"));
try {
  writeApi(installPackages(place));
  console.log(`${readdirSync(join(repositoryRoot, "docs", "api")).length} entries described.`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
