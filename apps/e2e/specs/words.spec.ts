import { expect, test } from "../src/fixtures.ts";
import { signOutEverywhere } from "../src/provider-page.ts";

test.use({
  allowed: { console: /Failed to load resource: the server responded with a status of (?:401|503)/ },
});

test("the save words of an old note have its day, so that nobody takes it for today", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Soup for eleven people").first().click();
  await expect(
    page.getByRole("status").getByText(/^Saved \d{1,2} \w{3,4}(?: \d{4})?, \d\d:\d\d$/),
  ).toBeVisible();
  await page.getByText("Packing, Tromsø").first().click();
  await expect(
    page.getByRole("status").getByText(/^Saved (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d$/),
  ).toBeVisible();
});

test("sign-out at the provider comes back to words about it, with nothing left in the address", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("button", { name: "Sign out here", exact: true })).toHaveAccessibleDescription(
    /The provider still knows you, and may sign you in again without asking/,
  );
  await page.keyboard.press("Escape");
  await signOutEverywhere(page, demo);
  await expect(page.getByText("You signed out, here and at the provider.")).toBeVisible();
  expect(new URL(page.url()).search).toBe("");
});

test("a stray callback says nothing to somebody who is signed in", async ({ page, actions }) => {
  await actions.signIn(page);
  await page.goto("/bff/callback?code=not-a-real-code&state=not-a-real-state");
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  await expect(page.getByText("Sign-in took too long")).toBeHidden();
  expect(new URL(page.url()).search).toBe("");
});

test("a damaged cookie is told, and nobody is left without a way on", async ({
  page,
  context,
  actions,
  demo,
}) => {
  await actions.signInAndLoad(page);
  // Nobody is there to be answered with a good cookie meanwhile.
  await page.goto("about:blank");
  const cookies = (await context.cookies(demo.appUrl)).filter(({ name }) => !/-tx-|logout/.test(name));
  expect(cookies).not.toEqual([]);
  await context.addCookies(
    cookies.map((cookie) => Object.assign(cookie, { value: `${cookie.value.slice(0, -12)}AAAAAAAAAAAA` })),
  );
  await page.goto("/");
  await expect(
    page.getByText("The counter could not read your ticket. Signing in prints a new one."),
  ).toBeVisible();
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
});

test("a provider that is down at the sign-in is told on a page of ours, in words, with a way on", async ({
  page,
  demo,
}) => {
  await demo.control.addFault({ kind: "unavailable", endpoint: "any" });
  await demo.restartServer();
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Sign-in isn't answering" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(demo.appUrl);
  await demo.control.clearFaults();
  await page.getByRole("link", { name: /again/i }).click();
  await expect(page.getByLabel("User name")).toBeVisible();
});
