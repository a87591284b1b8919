import type { Page } from "@playwright/test";
import { openCounter } from "../../src/counter-page.ts";
import { expect, test } from "../../src/fixtures.ts";

test.use({ allowed: { console: /Failed to load resource: the server responded with a status of 401/ } });

const signInButton = (page: Page) => page.getByRole("button", { name: "Sign in", exact: true });
const mainPart = (page: Page) => page.getByRole("navigation", { name: "Main" });

test("ten restored tabs on an expired session: one sign-in, ten tabs signed in, each where it was", async ({
  page,
  context,
  actions,
  demo,
}) => {
  test.setTimeout(150_000);
  await actions.signIn(page);
  const { notes } = JSON.parse((await actions.call(page, "/api/notes?limit=2")).body) as {
    notes: readonly { id: string }[];
  };
  const paths = ["/", "/counter", ...notes.map(({ id }) => `/notes/${id}`), "/counter"];
  await actions.endAtProvider("ada");
  const logins = (await demo.control.counters("ada")).codeExchanges;

  const tabs = [page];
  while (tabs.length < 10) tabs.push(await context.newPage());
  const pathOf = (index: number) => paths[index % paths.length] ?? "/";
  await Promise.all(tabs.map((tab, index) => tab.goto(pathOf(index))));
  for (const tab of tabs) await expect(signInButton(tab)).toBeVisible();

  await signInButton(page).click();
  await actions.fillInAtProvider(page, "ada");
  for (const tab of tabs) await expect(mainPart(tab)).toBeVisible();
  for (const [index, tab] of tabs.entries()) expect(new URL(tab.url()).pathname).toBe(pathOf(index));
  expect((await demo.control.counters("ada")).codeExchanges).toBe(logins + 1);
});

test("S-099 a sign-out is seen in the other tabs within a second: nothing of the person is left there, and Back shows nothing", async ({
  page,
  context,
  actions,
}) => {
  await actions.signIn(page);
  const other = await context.newPage();
  await other.goto("/");
  await other.getByText("Seat numbers").first().click();
  await expect(other.getByRole("textbox", { name: "Title" })).toHaveValue("Seat numbers");
  await openCounter(other);
  await expect(other.getByText("Ada Lindqvist").first()).toBeVisible();

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: true }).click();
  await expect(signInButton(page)).toBeVisible();
  await expect(signInButton(other)).toBeVisible({ timeout: 1_000 });
  for (const tab of [page, other]) {
    expect(await keptIn(tab)).not.toMatch(/Seat numbers|Row 14|Winter reading/);
  }

  await other.goBack();
  await expect(signInButton(other)).toBeVisible();
  await expect(mainPart(other)).toBeHidden();
  expect(await keptIn(other)).not.toMatch(/Seat numbers|Row 14|Winter reading/);
});

/** Everything that this page shows or has stored, the Cache Storage and the drafts included. */
function keptIn(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const cached: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys())
        cached.push((await (await cache.match(request))?.text()) ?? "");
    }
    const drafts = await new Promise((resolve, reject) => {
      const opening = indexedDB.open("coatcheck-notes");
      opening.addEventListener("error", () => reject(new Error("The drafts did not open.")));
      opening.addEventListener("success", () => {
        const reading = opening.result.transaction("drafts").objectStore("drafts").getAll();
        reading.addEventListener("success", () => resolve(reading.result));
        opening.result.close();
      });
    });
    const stored = [Object.entries(localStorage), Object.entries(sessionStorage), drafts];
    return `${document.documentElement.outerHTML} ${JSON.stringify(stored)} ${cached.join(" ")}`;
  });
}
