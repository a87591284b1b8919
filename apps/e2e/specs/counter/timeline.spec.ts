import type { Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";
import { runStorm } from "../../src/show-page.ts";

const step = (page: Page) => page.getByRole("slider", { name: /^Timeline of the last/ });

async function drawnRows(page: Page): Promise<string[]> {
  const marks = await page
    .locator(".timeline-plot [data-rows]")
    .evaluateAll((all) => all.map((mark) => mark.getAttribute("data-rows") ?? ""));
  return marks.flatMap((rows) => rows.split(" ")).toSorted();
}

async function tableRows(page: Page): Promise<{ key: string; words: string[] }[]> {
  return page
    .getByRole("region", { name: "Timeline as a table" })
    .locator("tbody tr")
    .evaluateAll((all) =>
      all.map((row) => ({
        key: row.getAttribute("data-row") ?? "",
        words: [...row.children].map((cell) => cell.textContent ?? ""),
      })),
    );
}

test("D20: the drawing, its reading step by step and the table show the same, and as many refreshes as the provider counted", async ({
  page,
  demo,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  const before = (await demo.control.counters("ada")).refreshSuccesses;
  await runMove(page, "Explicit refresh");
  await runStorm(page, "20 calls at once on an expired token");
  await runMove(page, "Implicit refresh");
  const refreshed = (await demo.control.counters("ada")).refreshSuccesses;
  expect(refreshed).toBeGreaterThanOrEqual(before + 3);
  // Looked up every 2 s.
  await expect
    .poll(async () => (await drawnRows(page)).filter((key) => key.startsWith("token-")).length)
    .toBe(refreshed + 1);
  const drawn = await drawnRows(page);
  await step(page).focus();
  await page.keyboard.press("Home");
  const readings: string[] = [];
  for (let index = 0; index < drawn.length; index += 1) {
    readings.push((await step(page).getAttribute("aria-valuetext")) ?? "");
    await page.keyboard.press("ArrowRight");
  }
  await page.getByRole("button", { name: "Read as table" }).click();
  // The page goes on meanwhile: what came later than the drawing isn't compared.
  const table = (await tableRows(page)).filter(({ key }) => drawn.includes(key));
  expect(table.map(({ key }) => key).toSorted()).toEqual(drawn);
  for (const [index, { words }] of table.toReversed().entries()) {
    const [, what = "", outcome = "", took = "", coat = ""] = words;
    expect(readings[index]).toContain(`${what}: ${outcome}.`);
    expect(readings[index]).toContain(took);
    expect(readings[index]?.includes(`Coat ${coat}.`)).toBe(coat !== "");
  }
  const outcomes = table.map(({ words }) => words[2]);
  expect(outcomes.filter((outcome) => outcome === "One token call, led by this request")).toHaveLength(
    refreshed,
  );
  await page.getByRole("button", { name: "Show as drawing" }).click();
  await expect(step(page)).toBeVisible();
});

test.describe("while the provider is away", () => {
  test.use({ allowed: { console: /status of 503/ } });

  test("D20: an outage is drawn as long as it lasts, and its calls are drawn as refused", async ({
    page,
    demo,
    actions,
  }) => {
    await actions.signIn(page, "ada", "/counter");
    await demo.control.addFault({ kind: "unavailable", endpoint: "token", user: "ada" });
    await runMove(page, "Implicit refresh");
    await expect
      .poll(async () => (await drawnRows(page)).filter((key) => key.startsWith("outage-")))
      .toHaveLength(1);
    await page.getByRole("button", { name: "Read as table" }).click();
    const table = page.getByRole("region", { name: "Timeline as a table" });
    await expect(table.getByRole("row", { name: /Provider not answering For \d+ s so far/ })).toBeVisible();
    await expect(table.getByRole("row", { name: /Call of \/api\/notes 503/ }).first()).toBeVisible();
    await demo.control.clearFaults();
    await expect.poll(async () => (await actions.call(page, "/api/notes?limit=1")).status).toBe(200);
    await expect(
      table.getByRole("row", { name: /Provider not answering For \d+ s(?! so far)/ }),
    ).toBeVisible();
    await page.getByRole("button", { name: "Show as drawing" }).click();
    await expect(page.locator(".timeline-plot .call.refused")).not.toHaveCount(0);
  });
});

test("a phone shows a minute, a laptop three, a wide screen five", async ({ page, actions }) => {
  await actions.signIn(page, "ada", "/counter");
  for (const [width, minutes] of [
    [390, "minute"],
    [1280, "3 minutes"],
    [1920, "5 minutes"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await expect(
      page.getByRole("slider", { name: `Timeline of the last ${minutes}: step through it` }),
    ).toBeVisible();
  }
});

test("the drawing moves on every second, or every five for people who asked for less motion", async ({
  page,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  await expect(page.locator(".timeline-plot .life").first()).toBeVisible();
  // Every fifth second is a step for both.
  await expect.poll(() => secondsOfStep(page), { intervals: [0] }).toBeLessThan(4.5);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await secondsOfStep(page);
  expect(await secondsOfStep(page)).toBeGreaterThan(4.5);
});

/** How far the drawing moves at its next step, by its own axis. */
function secondsOfStep(page: Page): Promise<number> {
  return page
    .locator(".timeline-plot .life .spent")
    .first()
    .evaluate(async (bar) => {
      const ticks = [...document.querySelectorAll(".timeline-plot .tick")].map((tick) => {
        const [minutes = 0, seconds = 0] = tick.textContent.split(":").map(Number);
        return { ago: minutes * 60 + seconds, x: Number(tick.getAttribute("x")) };
      });
      const [a = { ago: 0, x: 0 }, b = { ago: 0, x: 0 }] = ticks;
      const secondPx = (b.x - a.x) / (a.ago - b.ago);
      const before = Number(bar.getAttribute("x"));
      await new Promise((resolve) => {
        new MutationObserver(resolve).observe(bar, { attributeFilter: ["x"] });
      });
      return (before - Number(bar.getAttribute("x"))) / secondPx;
    });
}
