import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../src/fixtures.ts";

async function box(locator: Locator) {
  const found = await locator.boundingBox();
  if (found === null) throw new Error("It isn't shown.");
  return found;
}

/** How many lines a text takes, what only screen readers get left out. */
function lines(locator: Locator): Promise<number> {
  return locator.evaluate((element) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const tops = new Set<number>();
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      if (text.parentElement?.closest(".vh") !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const { top } of range.getClientRects()) tops.add(Math.round(top / 8));
    }
    return tops.size;
  });
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

test.describe("phone", () => {
  test.use({
    viewport: { width: 390, height: 844 },
    allowed: { console: /ERR_INTERNET_DISCONNECTED|Failed to load/ },
  });

  test("the save words stay on one line, offline too", async ({ page, context, actions }) => {
    await actions.signIn(page);
    await page.getByText("Seat numbers").first().click();
    await expect(page.getByText(/^Saved/)).toBeVisible();
    expect(await lines(page.locator(".saved"))).toBe(1);
    await context.setOffline(true);
    await page.getByRole("textbox", { name: "Text" }).fill("In the tunnel");
    await expect(page.getByText(/until you are online/)).toBeVisible();
    expect(await lines(page.locator(".saved"))).toBe(1);
    await context.setOffline(false);
    await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  });
});

for (const [name, viewport] of [
  ["a phone held across", { width: 844, height: 390 }],
  ["a small phone held across", { width: 667, height: 375 }],
  ["200 % zoom on a laptop", { width: 640, height: 400 }],
  ["a phone", { width: 390, height: 844 }],
  ["a tablet", { width: 820, height: 1180 }],
] as const) {
  test.describe(name, () => {
    test.use({ viewport });

    test("the sign-in button is in view, and so are some lines of an open note", async ({
      page,
      actions,
    }) => {
      await page.goto("/");
      await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeInViewport({ ratio: 1 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await actions.signIn(page);
      await page.getByText("Winter reading").first().click();
      const text = page.getByRole("textbox", { name: "Text" });
      await expect(text).toBeVisible();
      const { y } = await box(text);
      const dock = page.locator(".dock");
      const end = (await dock.isVisible()) ? (await box(dock)).y : viewport.height;
      const lineHeight = await text.evaluate((element) => parseFloat(getComputedStyle(element).lineHeight));
      expect(Math.floor((end - y) / lineHeight)).toBeGreaterThanOrEqual(3);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });
  });
}

test("save state and Delete stay in view while a long note scrolls", async ({ page, actions }) => {
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await page.getByRole("textbox", { name: "Text" }).fill("A line of it.\n".repeat(120));
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await page.mouse.move(600, 400);
  await page.mouse.wheel(0, 3_000);
  await expect
    .poll(() => page.evaluate(() => scrollY + (document.querySelector(".edit")?.scrollTop ?? 0)))
    .toBeGreaterThan(500);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole("button", { name: "Delete", exact: true })).toBeInViewport({ ratio: 1 });
});

test("words of a title keep their gaps", async ({ page, actions }) => {
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  const gap = await page
    .getByRole("list", { name: "Notes" })
    .locator("b")
    .first()
    .evaluate((title) => {
      const text = document.createTreeWalker(title, NodeFilter.SHOW_TEXT).nextNode() as Text;
      const range = document.createRange();
      const at = text.data.indexOf(" ");
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      return range.getBoundingClientRect().width / parseFloat(getComputedStyle(title).fontSize);
    });
  expect(gap).toBeGreaterThanOrEqual(0.2);
});

test("the toast covers neither the number of notes nor the list", async ({ page, actions }) => {
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const toast = await box(page.locator(".toast"));
  const count = await box(page.locator(".count"));
  const apart =
    toast.x >= count.x + count.width ||
    toast.x + toast.width <= count.x ||
    toast.y >= count.y + count.height ||
    toast.y + toast.height <= count.y;
  expect(apart).toBe(true);
});

test("letters of 200 % break neither the ticket's number nor the page", async ({ page, actions }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await actions.signIn(page);
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  expect(await lines(page.locator(".ticket .no").first())).toBe(1);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
});

test("forced colours show which page and which note is the current one", async ({ page, actions }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  const look = (locator: Locator) =>
    locator.evaluate((element) => {
      const {
        borderBlockEnd,
        borderInlineStart,
        outline,
        textDecorationLine,
        fontWeight,
        backgroundColor,
        boxShadow,
      } = getComputedStyle(element);
      const after = getComputedStyle(element, "::after");
      return JSON.stringify([
        borderBlockEnd,
        borderInlineStart,
        outline,
        textDecorationLine,
        fontWeight,
        backgroundColor,
        boxShadow,
        after.content,
        after.backgroundColor,
        after.borderBlockEnd,
      ]);
    });
  const nav = page.getByRole("navigation", { name: "Main" });
  expect(await look(nav.getByRole("link", { name: "Notes" }))).not.toBe(
    await look(nav.getByRole("link", { name: "Counter" })),
  );
  const rows = page.getByRole("list", { name: "Notes" }).getByRole("link");
  expect(await look(rows.nth(0))).not.toBe(await look(rows.nth(1)));
});

test("print has the note and nothing of the page around it", async ({ page, actions }) => {
  await actions.signIn(page);
  // At the address of no note, too.
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue(/Winter reading/);
  await page.emulateMedia({ media: "print" });
  // What A4 leaves between its margins.
  await page.setViewportSize({ width: 718, height: 1_000 });
  // The paper gets the whole text, as a text area that scrolls wouldn't give it.
  const printed = await page.locator(".grow.body").evaluate((text) => {
    const { content, visibility } = getComputedStyle(text, "::after");
    return { content, visibility, height: text.getBoundingClientRect().height };
  });
  expect(printed.content).toContain("Borrowed from Ines");
  expect(printed.visibility).toBe("visible");
  expect(printed.height).toBeGreaterThan(100);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await expect(page.getByRole("list", { name: "Notes" })).toBeHidden();
  await expect(page.getByRole("button", { name: "Delete", exact: true })).toBeHidden();
  await expect(page.locator(".ticket").first()).toBeHidden();
});

test("1920 px are used: what is around the content is less than a quarter of the screen", async ({
  page,
  actions,
}) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  const main = await box(page.locator("main"));
  const edit = await box(page.locator(".edit"));
  expect(edit.width / main.width).toBeGreaterThan(0.4);
});

test("the coat's digits read from left to right on a page that reads from right to left", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
  const wheels = page.locator(".wheels").first().locator("b");
  await expect(wheels).toHaveCount(3);
  const left = await wheels.evaluateAll((all) => all.map((wheel) => wheel.getBoundingClientRect().left));
  expect(left).toEqual(left.toSorted((a, b) => a - b));
});

test("on a tablet the logo stands above the heading, and above the list", async ({ page, actions }) => {
  await page.setViewportSize({ width: 820, height: 1180 });
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const inset = async (locator: Locator) => Math.round((await box(locator)).x);
  expect(await inset(page.locator(".pitch > .mark svg"))).toBe(
    await inset(page.getByRole("heading", { level: 1 })),
  );
  await actions.signIn(page);
  const row = page.getByRole("list", { name: "Notes" }).locator("b").first();
  await expect(row).toBeVisible();
  expect(await inset(page.locator(".bar .mark svg"))).toBe(await inset(row));
});

test("the editor's focus mark runs beside the whole text, apart from it, so that nobody takes it for a caret", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Winter reading").first().click();
  for (const name of ["Title", "Text"]) {
    const field = page.getByRole("textbox", { name });
    await field.focus();
    await page.keyboard.press("End");
    const mark = await field.evaluate((text) => {
      const { content, width, height, insetInlineStart, backgroundColor } = getComputedStyle(
        text.parentElement as Element,
        "::before",
      );
      const lineHeight = Number.parseFloat(getComputedStyle(text).lineHeight);
      return {
        isThere: content !== "none",
        width: Number.parseFloat(width),
        covers: Number.parseFloat(height) / (text.clientHeight - 0.4 * lineHeight),
        inset: Number.parseFloat(insetInlineStart),
        isCaretColored: backgroundColor === getComputedStyle(text).color,
      };
    });
    expect(mark).toMatchObject({ isThere: true, width: 2, isCaretColored: false });
    expect(mark.inset).toBeLessThanOrEqual(-8);
    expect(mark.covers).toBeGreaterThan(0.9);
    await field.blur();
    expect(
      await field.evaluate((text) => getComputedStyle(text.parentElement as Element, "::before").content),
    ).toBe("none");
  }
});
