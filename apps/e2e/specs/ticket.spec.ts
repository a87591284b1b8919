import type { Page } from "@playwright/test";
import { coatOf } from "../src/coat.ts";
import { expect, test } from "../src/fixtures.ts";

const LIFE_SECONDS = 6;

/** What the ticket says of access, each time that the page shows something else. */
async function watchCountdown(page: Page): Promise<() => Promise<readonly string[]>> {
  await expect(page.getByText(/Coat number \d+/).first()).toBeAttached();
  await page.evaluate(() => {
    const ticket = document.querySelector('[aria-label="Your ticket"]');
    if (ticket === null) throw new Error("No ticket.");
    const seen: string[] = [];
    const look = () => {
      for (const term of ticket.querySelectorAll("dt")) {
        if (!term.textContent.startsWith("Access renews")) continue;
        const value = term.nextElementSibling?.textContent ?? "";
        if (seen.at(-1) !== value) seen.push(value);
      }
    };
    look();
    new MutationObserver(look).observe(ticket, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { seenOnTicket: seen });
  });
  return () => page.evaluate(() => (window as unknown as { seenOnTicket: string[] }).seenOnTicket);
}

test.use({ demoOptions: { accessTokenSeconds: LIFE_SECONDS } });

test("six lives of typing: the countdown is always between 0 and a token's life, and two tabs show the same coat", async ({
  page,
  context,
  actions,
}) => {
  test.setTimeout(150_000);
  await actions.signIn(page);
  const other = await context.newPage();
  await other.goto("/");
  await page.getByText("Winter reading").first().click();
  await page.getByRole("textbox", { name: "Text" }).click();
  const [seenHere, seenThere] = [await watchCountdown(page), await watchCountdown(other)];
  const first = await coatOf(page);
  await expect
    .poll(
      async () => {
        await page.keyboard.type("and so on, ", { delay: 80 });
        return coatOf(page);
      },
      { timeout: 120_000, intervals: [50] },
    )
    .toBeGreaterThanOrEqual(first + 6);
  await expect.poll(async () => (await coatOf(other)) - (await coatOf(page)), { timeout: 1_500 }).toBe(0);

  for (const seen of [await seenHere(), await seenThere()]) {
    const seconds = seen.filter((words) => /^\d/.test(words));
    expect(seconds.length).toBeGreaterThan(6);
    for (const words of seconds)
      expect(Number(/^(\d+) s$/.exec(words)?.[1])).toBeLessThanOrEqual(LIFE_SECONDS);
    const others = seen.filter((words) => !/^\d/.test(words));
    expect(others.filter((words) => words !== "now" && words !== "with the next call")).toEqual([]);
  }
});

test("right after a long sleep the countdown is within a token's life again", async ({ page, actions }) => {
  await page.clock.install();
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  await page.clock.resume();
  const seen = await watchCountdown(page);
  // The page's clock has moved on, its timers haven't run.
  await page.clock.fastForward("12:00");
  await expect.poll(async () => (await seen()).at(-1)).toMatch(new RegExp(`^[1-${LIFE_SECONDS}] s$`));
  for (const words of await seen()) {
    const seconds = /^(\d+) s$/.exec(words)?.[1];
    if (seconds !== undefined) expect(Number(seconds)).toBeLessThanOrEqual(LIFE_SECONDS);
  }
});
