import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "@coatcheck/testkit/node";
import { buildWeb, isWebBuildStale, startDemo, type Demo } from "@coatcheck/demo";
import { chromium } from "@playwright/test";
import { findBrowser } from "./find-browser.ts";
import { fillInAtProvider } from "./provider-page.ts";

/**
 * `pnpm lighthouse`: what Lighthouse says of the built page, signed out and signed in, on a phone and on a desktop; with `--url`
 * of that address instead, such as a page of the documentation site (`pnpm run docs`).
 *
 * Lighthouse isn't among the dependencies, which it would more than double; it is fetched for the run.
 */
const LIGHTHOUSE = "lighthouse@13.5.0";
const TRIES = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;
const DEVICES = { phone: [], desktop: ["--preset=desktop"] } as const;

interface Report {
  readonly categories: Readonly<
    Record<
      string,
      {
        readonly score: number | null;
        readonly auditRefs: readonly { readonly id: string; readonly weight: number }[];
      }
    >
  >;
  readonly audits: Readonly<
    Record<string, { readonly title: string; readonly score: number | null; readonly displayValue?: string }>
  >;
}

function audit(url: string, port: number, device: keyof typeof DEVICES, file: string): Promise<void> {
  const options = [
    `--port=${port}`,
    "--disable-storage-reset",
    `--only-categories=${CATEGORIES.join(",")}`,
    "--output=json",
    `--output-path=${file}`,
    "--quiet",
    ...DEVICES[device],
  ];
  const child = spawn("pnpm", ["--silent", "dlx", LIGHTHOUSE, url, ...options], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`Lighthouse ended with ${code}.`)),
    );
  });
}

/** One line a category that isn't full, with the audits that cost it. */
function findLosses({ categories, audits }: Report): string[] {
  return CATEGORIES.flatMap((name) => {
    const category = categories[name];
    if (category === undefined || category.score === 1) return [];
    const lost = category.auditRefs
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1)
      .map(({ id }) => `${id} ${audits[id]?.displayValue ?? audits[id]?.title ?? ""}`.trim());
    return [`  ${name}: ${lost.join("; ")}`];
  });
}

/** A browser that is too busy to draw anything in time gives no report at all; then the next try counts. */
async function auditOnce(url: string, device: keyof typeof DEVICES, file: string): Promise<Report> {
  for (let triesLeft = TRIES; ; triesLeft -= 1) {
    try {
      await audit(url, port, device, file);
      return JSON.parse(await readFile(file, "utf8")) as Report;
    } catch (error) {
      if (triesLeft === 1) throw error;
    }
  }
}

const executable = await findBrowser(process.env, (line) => console.log(line));
const { values } = parseArgs({ options: { url: { type: "string" } } });
const folder = await mkdtemp(join(tmpdir(), "coatcheck-lighthouse-"));
const port = await freePort();
const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
  ...(executable === undefined ? {} : { executablePath: executable }),
  args: [`--remote-debugging-port=${port}`],
});
const page = browser.pages()[0] ?? (await browser.newPage());
const demo = values.url === undefined ? await startBuiltDemo() : undefined;
const address = values.url ?? `${demo?.appUrl}/`;

async function startBuiltDemo(): Promise<Demo> {
  if (await isWebBuildStale()) await buildWeb();
  return startDemo({ ports: { app: 0, idp: 0, api: 0 } });
}

async function signIn(): Promise<void> {
  await page.goto(address);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await fillInAtProvider(page, "ada");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await page.goto("about:blank");
}

const leave = () => page.goto("about:blank");
const scenes: Readonly<Record<string, () => Promise<unknown>>> =
  demo === undefined ? { [new URL(address).pathname]: leave } : { "signed out": leave, "signed in": signIn };
console.log(`| | ${CATEGORIES.join(" | ")} |\n|---|${"---|".repeat(CATEGORIES.length)}`);
const losses: string[] = [];
for (const [scene, prepare] of Object.entries(scenes)) {
  await prepare();
  for (const device of Object.keys(DEVICES) as (keyof typeof DEVICES)[]) {
    const file = join(folder, "report.json");
    const report = await auditOnce(address, device, file);
    const scores = CATEGORIES.map((name) => Math.round((report.categories[name]?.score ?? 0) * 100));
    console.log(`| ${scene}, ${device} | ${scores.join(" | ")} |`);
    losses.push(...findLosses(report).map((loss) => `${scene}, ${device}:${loss}`));
  }
}
await browser.close();
await demo?.stop();
await rm(folder, { recursive: true, force: true });
for (const loss of losses) console.log(loss);
