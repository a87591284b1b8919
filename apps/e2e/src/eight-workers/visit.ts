import { statSync, writeFileSync } from "node:fs";
import { expect, test } from "@coatcheck/playwright";
import type { Page } from "@playwright/test";
import { readVisitSettings } from "./visit-settings.ts";

const { visits, seconds, stateFile } = readVisitSettings();
/** By then somebody has refreshed, also on a busy machine. */
const RENEWED_WITHIN_MS = 60_000;

/** When the first visit of any worker began, milliseconds since the epoch. */
function beganAtMs(): number {
  const file = `${stateFile}.began`;
  try {
    writeFileSync(file, String(Date.now()), { flag: "wx" });
  } catch {
    // Another visit was the first.
  }
  return statSync(file).mtimeMs;
}

interface Seen {
  readonly status: number;
  readonly generation: number | undefined;
}

/** A call to an API, and then how often the session was refreshed, as the page sees both. */
function look(page: Page): Promise<Seen> {
  return page.evaluate(async () => {
    const headers = { "x-coatcheck": "1" };
    const { status } = await fetch("/api/notes", { headers });
    const session = (await (await fetch("/bff/session", { headers })).json()) as { generation?: number };
    return { status, generation: session.generation };
  });
}

for (let visit = 1; visit <= visits; visit += 1) {
  test(`visit ${visit} stays until its cookie was renewed`, async ({ page }, testInfo) => {
    test.skip(Date.now() > beganAtMs() + seconds * 1_000, "the time is over");
    await page.goto("/");
    await expect(page).toBeSignedInAs("ada");
    const seen = [await look(page)];
    await expect
      .poll(
        async () => {
          seen.push(await look(page));
          return seen.at(-1)?.generation;
        },
        { timeout: RENEWED_WITHIN_MS, intervals: [500] },
      )
      .toBeGreaterThan(seen[0]?.generation ?? Infinity);
    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
    testInfo.annotations.push({ type: "calls", description: String(seen.length) });
  });
}
