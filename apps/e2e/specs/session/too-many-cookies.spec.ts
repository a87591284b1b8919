import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";

test.use({ allowed: { console: /the server responded with a status of 431/ } });

const TOO_MANY = "Your browser sends more cookies than this site takes.";

/** What another application of the same host left: more than 16 KiB, for calls of the page and not for the page itself. */
async function leaveCookies(context: BrowserContext, page: Page): Promise<void> {
  const { hostname } = new URL(page.url());
  await context.addCookies(
    [1, 2, 3, 4, 5].map((number) => ({
      name: `other-${number}`,
      value: "a".repeat(3900),
      domain: hostname,
      path: "/bff",
    })),
  );
}

test("a page whose calls carry too many cookies says what to do, before and after the sign-in", async ({
  page,
  context,
  actions,
}) => {
  await page.goto("/");
  await leaveCookies(context, page);
  await page.reload();
  await expect(page.getByRole("heading", { name: TOO_MANY })).toBeVisible();
  await expect(page.getByText("Clear the cookies of this site in your browser")).toBeVisible();
  await context.clearCookies({ name: /^other-/ });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: TOO_MANY })).toBeHidden();

  await actions.signIn(page);
  await leaveCookies(context, page);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.getByRole("alert").getByText(TOO_MANY)).toBeVisible();
  await context.clearCookies({ name: /^other-/ });
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.getByText(TOO_MANY)).toBeHidden();
  await expect(page.getByText("Ada Lindqvist").first()).toBeVisible();
});
