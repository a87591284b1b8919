import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithChildren } from "../lifetime/end-with-children.ts";
import { repositoryRoot } from "../repository-root.ts";
import { readConformance, renderConformance, type Conformance, type TestReport } from "./conformance.ts";

/**
 * `pnpm conformance`: runs the conformance suite of the ledger port on every ledger that is here, and writes what came of it
 * into `docs/conformance.json`, of which the documents' table is made. Exit code 1 if a ledger failed a test.
 */
const PLACES = ["packages/tokens/src/ledger", "apps/lab/src/hosts/durable-object.test.ts"];

endWithChildren();
const folder = mkdtempSync(join(tmpdir(), "coatcheck-conformance-"));
const file = join(folder, "report.json");
const run = spawn(
  process.execPath,
  [
    join(repositoryRoot, "node_modules/vitest/vitest.mjs"),
    "run",
    "--config=apps/lab/vitest.config.ts",
    "--reporter=json",
    `--outputFile=${file}`,
    "--testNamePattern=ledger: ",
    ...PLACES,
  ],
  { cwd: repositoryRoot, stdio: ["ignore", "ignore", "inherit"] },
);
await once(run, "exit");
const report = JSON.parse(readFileSync(file, "utf8")) as TestReport;
rmSync(folder, { recursive: true });
const conformance: Conformance = {
  day: new Date().toISOString().slice(0, 10),
  node: process.version,
  rows: readConformance(report),
};
writeFileSync(join(repositoryRoot, "docs/conformance.json"), `${JSON.stringify(conformance, null, 2)}\n`);
console.log(renderConformance(conformance));
if (conformance.rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
