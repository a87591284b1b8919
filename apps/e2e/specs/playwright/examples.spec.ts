import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { expect, test } from "../../src/fixtures.ts";

test("the examples of the package's README pass as they stand", async ({ demo }, testInfo) => {
  const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
  const config = fileURLToPath(new URL("../../src/example-specs/playwright.config.ts", import.meta.url));
  const output = testInfo.outputPath("results");
  const child = spawn(process.execPath, [cli, "test", "--config", config, "--output", output], {
    cwd: testInfo.outputDir,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, EXAMPLE_APP_URL: demo.appUrl },
  });
  const said = text(child.stdout);
  const status = await new Promise((resolve) => child.once("exit", resolve));
  expect(await said).toContain("2 passed");
  expect(status).toBe(0);
});
