import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort } from "@coatcheck/demo";
import { expect, test } from "@playwright/test";

const packageFolder = fileURLToPath(new URL("../../../packages/create-coatcheck", import.meta.url));

test("the app of npm create coatcheck starts, and its own spec passes as it was written", async () => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-created-"));
  try {
    const command = join(packageFolder, "src", "create-coatcheck.ts");
    const flags = ["--yes", "--no-install", "--port", String(await findFreePort(0))];
    expect(spawnSync(process.execPath, [command, folder, ...flags]).status).toBe(0);
    // In place of an installation: this repository's packages, as sources.
    symlinkSync(join(packageFolder, "node_modules"), join(folder, "node_modules"), "junction");
    const cli = createRequire(join(packageFolder, "package.json")).resolve("@playwright/test/cli");
    const { status, stdout } = spawnSync(process.execPath, [cli, "test", "--reporter=line"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` },
    });
    expect(stdout).toContain("1 passed");
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
