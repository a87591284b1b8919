import { expect, test } from "../src/fixtures.ts";

test("a deep link before sign-in comes back to it", async ({ page, actions }) => {
  await actions.signIn(page, "ada", "/counter?from=link#moves");
  expect(new URL(page.url()).pathname).toBe("/counter");
  expect(new URL(page.url()).search).toBe("?from=link");
  await expect(page.getByRole("heading", { name: "The counter" })).toBeVisible();
});

test("S-034 the first page after the callback is signed in, though it ends a cross-site chain", async ({
  page,
  actions,
}) => {
  const redirects: string[] = [];
  page.on("framenavigated", (frame) => redirects.push(new URL(frame.url()).pathname));
  await actions.signIn(page);
  expect(redirects.filter((path) => path === "/bff/login").length).toBeLessThanOrEqual(1);
  expect((await actions.session(page))["state"]).toBe("active");
});

test("a sign-in cancelled at the provider comes back with a human sentence and no session", async ({
  page,
  demo,
  actions,
}) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.origin === demo.idpUrl);
  await page.getByRole("button", { name: "Cancel and go back" }).click();
  await page.waitForURL((url) => url.origin === demo.appUrl);
  await expect(page.getByText("Sign-in was cancelled at the provider.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  expect((await actions.session(page))["state"]).toBe("anonymous");
  await expect.poll(() => new URL(page.url()).search).toBe("");
});

test("S-015 a cancelled sign-in leaves the session of another tab as it was", async ({
  page,
  context,
  demo,
  actions,
}) => {
  // The provider may know the person and sign them in anew.
  await actions.signInAndLoad(page);
  const before = await actions.session(page);
  const other = await context.newPage();
  await other.goto("/bff/login?returnTo=/counter");
  if (other.url().startsWith(demo.idpUrl))
    await other.getByRole("button", { name: "Cancel and go back" }).click();
  await other.waitForURL((url) => url.origin === demo.appUrl);
  expect((await actions.session(page))["state"]).toBe("active");
  expect((await actions.session(page))["userKey"]).toBe(before["userKey"]);
});

test("S-014 two tabs that sign in at once both end signed in", async ({ page, context, demo, actions }) => {
  const other = await context.newPage();
  await page.goto("/");
  await other.goto("/counter");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.origin === demo.idpUrl);
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await other.waitForURL((url) => url.origin === demo.idpUrl);
  await actions.fillInAtProvider(other, "ada");
  await other.waitForURL((url) => url.origin === demo.appUrl);
  await actions.fillInAtProvider(page, "ada");
  await page.waitForURL((url) => url.origin === demo.appUrl);
  for (const tab of [page, other]) {
    await tab.bringToFront();
    await expect(tab.getByRole("navigation", { name: "Main" })).toBeVisible();
    expect((await actions.session(tab))["state"]).toBe("active");
  }
});

test("S-021 reload and Back after the callback land in the app, and redeem no code again", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  const before = (await demo.control.counters("ada")).codeExchanges;
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await page.goBack();
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  expect((await demo.control.counters("ada")).codeExchanges).toBe(before);
});

test("S-020 a callback with an unknown state costs no session and asks the provider nothing", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  // The page's own first call refreshes for its API: under way, it would count as the callback's.
  await expect(page.getByText("Seat numbers")).toBeVisible();
  const before = await demo.control.counters();
  await page.goto("/bff/callback?code=not-a-real-code&state=not-a-real-state");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe("/");
  expect((await demo.control.counters()).tokenCalls).toBe(before.tokenCalls);
});

test("signing in as another person gives the other page, and nothing of the first", async ({
  page,
  actions,
  demo,
  context,
}) => {
  await actions.signIn(page, "ada");
  await expect(page.getByText("Seat numbers")).toBeVisible();
  const ada = await actions.session(page);
  await demo.control.endSession("ada");
  const other = await context.newPage();
  await other.goto("/bff/login?returnTo=/");
  await actions.fillInAtProvider(other, "ines");
  await other.waitForURL((url) => url.origin === demo.appUrl);
  await expect(other.getByText("Ines").first()).toBeVisible();
  expect((await actions.session(other))["userKey"]).not.toBe(ada["userKey"]);
  await page.bringToFront();
  await expect(page.getByText("Seat numbers")).toBeHidden();
  await expect(page.getByText(/Ines/).first()).toBeVisible();
});
