import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";

function fact(page: Page, name: string): Locator {
  return page.getByText(name, { exact: true }).locator("xpath=following-sibling::dd").first();
}

async function names(page: Page, name: string): Promise<string[]> {
  const all = await fact(page, name).getByRole("listitem").allTextContents();
  return all.map((text) => text.toLowerCase()).toSorted();
}

test("D20: under the hood, cookies, storage and header names are what the browser really has", async ({
  page,
  context,
  demo,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  // The page's own first call may still change the cookie.
  await expect(async () => {
    const cookies = await context.cookies(`${demo.appUrl}/bff/demo/held`);
    const bytes = cookies.reduce((sum, { name, value }) => sum + name.length + 1 + value.length, 0);
    expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);
    const words = `${cookies.length} ${cookies.length === 1 ? "cookie" : "cookies"}, ${bytes.toLocaleString("en")} of 7,500 bytes`;
    await expect(fact(page, "Cookies shown to the counter")).toContainText(words, { timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await expect(fact(page, "Of them readable by scripts")).toContainText("None");
  for (const [place, storage] of [
    ["Local storage", "localStorage"],
    ["Session storage", "sessionStorage"],
  ] as const) {
    const keys = await page.evaluate((which) => Object.keys(window[which]), storage);
    await expect(fact(page, place)).toHaveText(keys.length === 0 ? "Empty" : keys.join(", "));
  }
  const [request] = await Promise.all([
    page.waitForRequest((sent) => new URL(sent.url()).pathname === "/bff/demo/held"),
    page.reload(),
  ]);
  const sent = Object.keys(await request.allHeaders()).filter((name) => !name.startsWith(":"));
  await expect
    .poll(() => names(page, "Headers sent with a call"))
    .toEqual(expect.arrayContaining(sent.filter((name) => name !== "cache-control" && name !== "pragma")));
});

test("what somebody planted in cookies and storage is shown, so that empty means empty", async ({
  page,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  await page.evaluate(() => {
    localStorage.setItem("planted-here", "1");
    sessionStorage.setItem("planted-there", "1");
    document.cookie = "planted=1";
  });
  await page.reload();
  await expect(fact(page, "Local storage")).toContainText("planted-here");
  await expect(fact(page, "Session storage")).toContainText("planted-there");
  await expect(fact(page, "Of them readable by scripts")).toHaveText("1");
  await expect(fact(page, "Cookies shown to the counter")).toContainText(/^2 cookies/);
});

test("D20: one call on an expired token is shown from post to post, with the refresh that the provider counted", async ({
  page,
  demo,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  const call = page.getByRole("status", { name: "The call" });
  await expect(call.getByRole("figure")).toBeVisible();
  const before = (await demo.control.counters("ada")).refreshSuccesses;
  await page.getByRole("button", { name: "Send one on an expired token" }).click();
  await expect.poll(async () => (await demo.control.counters("ada")).refreshSuccesses).toBe(before + 1);
  await expect(call.getByRole("figure", { name: /a refresh of \d/ })).toBeVisible();
  await page.getByRole("button", { name: "Send one", exact: true }).click();
  await expect(call.getByRole("figure", { name: /no refresh/ })).toBeVisible();
  expect((await demo.control.counters("ada")).refreshSuccesses).toBe(before + 1);
  const takenOff = await names(page, "Taken off at the counter");
  const putOn = await names(page, "Put on for the API");
  expect(takenOff).toEqual(expect.arrayContaining(["cookie", "x-coatcheck", "referer"]));
  expect(putOn).toContain("authorization");
  expect(takenOff.filter((name) => putOn.includes(name))).toEqual([]);
});

test("each station of a call links to its code and its docs", async ({ page, actions }) => {
  await actions.signIn(page, "ada", "/counter");
  const stations = page.getByRole("list", { name: "Stations of a call" });
  await expect(stations.getByRole("listitem")).toHaveCount(6);
  const links = stations.getByRole("link");
  await expect(links).toHaveCount(12);
  for (const target of await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""))) {
    const response = await page.request.get(target);
    expect(response.status(), target).toBe(200);
    expect(response.headers()["content-type"]).toContain("text/plain");
  }
});
