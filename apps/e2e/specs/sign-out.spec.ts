import { openCounter } from "../src/counter-page.ts";
import { expect, test } from "../src/fixtures.ts";
import { signOutEverywhere } from "../src/provider-page.ts";

test("sign-out here is seen in another tab at once", async ({ page, context, actions }) => {
  await actions.signIn(page);
  const other = await context.newPage();
  await other.goto("/counter");
  await expect(other.getByRole("heading", { name: "The counter" })).toBeVisible();
  await page.bringToFront();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: false }).first().click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(other.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(other.getByRole("heading", { name: "The counter" })).toBeHidden();
});

test("S-094 sign-out leaves no cookie, and the old cookie is dead", async ({
  page,
  context,
  actions,
  demo,
}) => {
  await actions.signInAndLoad(page);
  const cookies = await context.cookies(demo.appUrl);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: false }).first().click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  expect((await context.cookies(demo.appUrl)).filter(({ name }) => !name.includes("logout"))).toEqual([]);
  await context.addCookies(cookies);
  expect(await actions.session(page)).toMatchObject({ state: "anonymous", reason: "signed_out" });
  await expect.poll(async () => (await demo.control.counters("ada")).revocations).toBeGreaterThan(0);
});

test("S-099 Back after sign-out shows nothing of the person", async ({ page, actions }) => {
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers")).toBeVisible();
  await openCounter(page);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: false }).first().click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await expect(page.getByText("Seat numbers")).toBeHidden();
});

test("S-127 sign-out is in reach of every signed-in page", async ({ page, actions }) => {
  await actions.signIn(page);
  for (const path of ["/", "/counter", "/notes", "/nowhere"]) {
    await page.goto(path);
    await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeVisible();
  }
});

test("S-097 the page after sign-out takes any state or none, and leads nowhere else", async ({
  page,
  demo,
}) => {
  for (const query of [
    "",
    "?state=other",
    "?state=a&state=b&returnTo=https://evil.example&next=//evil.example",
  ]) {
    await page.goto(`/${query}`);
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    expect(new URL(page.url()).origin).toBe(demo.appUrl);
  }
});

test("S-096 sign-out here and at the provider asks for the password next time", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await signOutEverywhere(page, demo);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.origin === demo.idpUrl);
  await expect(page.getByLabel("Password")).toBeVisible();
});
