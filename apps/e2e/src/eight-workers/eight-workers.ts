import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildWeb, isWebBuildStale, startDemo } from "@coatcheck/demo";
import { findBrowser } from "../find-browser.ts";
import { passVisitSettings } from "./visit-settings.ts";

/**
 * `pnpm eight-workers [--workers 8] [--seconds 180] [--token-seconds 10]`: parallel workers of Playwright share one saved sign-in
 * while its refresh token is rotated all the time. Exit 1 on a failed visit, or a spent refresh token that was sent again.
 */
const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "8" },
    seconds: { type: "string", default: "180" },
    "token-seconds": { type: "string", default: "10" },
  },
});
const workers = Number(values.workers);
const seconds = Number(values.seconds);
const accessTokenSeconds = Number(values["token-seconds"]);

interface Suite {
  readonly suites?: readonly Suite[];
  readonly specs?: readonly {
    readonly tests: readonly {
      readonly status: string;
      readonly annotations: readonly { readonly type: string; readonly description?: string }[];
    }[];
  }[];
}

interface SavedState {
  readonly coatcheck: { readonly generation: number };
}

type Visit = NonNullable<Suite["specs"]>[number]["tests"][number];

const browser = await findBrowser(process.env, (line) => console.log(line));
if (await isWebBuildStale()) await buildWeb();
const folder = mkdtempSync(join(tmpdir(), "coatcheck-eight-workers-"));
const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 }, accessTokenSeconds });
try {
  const report = join(folder, "report.json");
  const stateFile = join(folder, "ada.json");
  await runPlaywright({
    ...passVisitSettings({
      appUrl: demo.appUrl,
      stateFile,
      workers,
      visits: workers * Math.ceil((2 * seconds) / accessTokenSeconds + 1),
      seconds,
    }),
    ...(browser === undefined ? {} : { CHROMIUM_PATH: browser }),
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  });
  const visits = visitsOf(JSON.parse(readFileSync(report, "utf8")) as Suite);
  const { refreshSuccesses, reuseDetected, grantsRevoked } = await demo.control.counters();
  const { coatcheck: saved } = JSON.parse(readFileSync(stateFile, "utf8")) as SavedState;
  const failed = visits.filter(({ status }) => status === "unexpected" || status === "flaky").length;
  // One a visit that was made; the sign-in is none.
  const calls = visits.flatMap(({ annotations }) => annotations.filter(({ type }) => type === "calls"));
  const count = calls.reduce((sum, { description }) => sum + Number(description), 0);
  console.log(`
${workers} workers, one saved sign-in, ${seconds} s, access tokens of ${accessTokenSeconds} s
  visits                        ${calls.length}, ${failed} failed
  API calls, all answered 200   ${count}
  refreshes                     ${refreshSuccesses} by the provider's count
  spent tokens sent again       ${reuseDetected}
  grants revoked                ${grantsRevoked}
  refreshes in the saved state  ${saved.generation}`);
  const isProof = calls.length > 2 && saved.generation > 1;
  process.exitCode = failed === 0 && reuseDetected === 0 && grantsRevoked === 0 && isProof ? 0 : 1;
} finally {
  await demo.stop();
  rmSync(folder, { recursive: true, force: true });
}

function runPlaywright(environment: Readonly<Record<string, string>>): Promise<void> {
  const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
  const config = fileURLToPath(new URL("playwright.config.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [cli, "test", "--config", config, "--output", join(folder, "results")],
    {
      stdio: "inherit",
      env: { ...process.env, ...environment },
    },
  );
  // Whether it went well the report says.
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

function visitsOf({ suites = [], specs = [] }: Suite): readonly Visit[] {
  return [...specs.flatMap(({ tests }) => tests), ...suites.flatMap(visitsOf)];
}
