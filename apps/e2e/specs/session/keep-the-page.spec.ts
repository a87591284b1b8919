import type { Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";
import type { Actions } from "../../src/fixtures.ts";
import { caretOf, openToOverwrite, sessionPanel, signInFromPanel } from "../../src/session-panel.ts";

// Calls that are refused while nobody is signed in are what these specs are about.
test.use({ allowed: { console: /Failed to load resource: the server responded with a status of 401/ } });

/** Ada overwrites a note, and her session ends at the provider under her first letters. */
async function endWhileTyping(page: Page, actions: Actions, typed: string): Promise<void> {
  await actions.signIn(page);
  await openToOverwrite(page, "Seat numbers");
  await actions.endAtProvider("ada");
  await page.keyboard.type(typed);
}

test("the provider ends the session while a person types: every letter stays, the reason shows, one sign-in in a window goes on", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  const text = page.getByRole("textbox", { name: "Text" });
  await text.click();
  await text.press("ControlOrMeta+End");
  const before = await text.inputValue();
  const logins = (await demo.control.counters("ada")).codeExchanges;

  const typed = " The quick brown coat hangs on the lazy hook, and nobody looks for it until spring.";
  const typing = page.keyboard.type(typed, { delay: 60 });
  await actions.endAtProvider("ada");
  await expect(sessionPanel(page)).toBeVisible();
  await typing;
  await expect(text).toHaveValue(before + typed);
  await expect(sessionPanel(page)).toContainText(/Your session was ended from elsewhere at \d\d:\d\d/);
  await expect(sessionPanel(page)).toContainText("Seat numbers");
  await expect(sessionPanel(page)).toContainText("draft kept");

  // Once they pause, the panel has the focus; a letter typed all the same goes to the text.
  await expect(sessionPanel(page).getByRole("button", { name: "Sign in as Ada" })).toBeFocused();
  await page.keyboard.type("Or");
  await expect(text).toHaveValue(`${before}${typed}Or`);
  const caret = await caretOf(page);
  await expect(sessionPanel(page).getByRole("button", { name: "Sign in as Ada" })).toBeFocused();

  await signInFromPanel(page);
  await expect(sessionPanel(page)).toBeHidden();
  expect(await caretOf(page)).toEqual(caret);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  expect((await actions.call(page, "/api/notes")).body).toContain("until spring.Or");
  expect((await demo.control.counters("ada")).codeExchanges).toBe(logins + 1);
});

test("two tabs with a half-typed note each: one panel each, one sign-in for both, both saved", async ({
  page,
  context,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  const other = await context.newPage();
  await other.goto("/");
  await openToOverwrite(page, "Seat numbers");
  await openToOverwrite(other, "Packing");
  const logins = (await demo.control.counters("ada")).codeExchanges;
  await actions.endAtProvider("ada");
  await page.keyboard.type("of the first tab");
  await other.keyboard.type("of the second tab");
  for (const tab of [page, other]) {
    await expect(sessionPanel(tab)).toBeVisible();
    await expect(sessionPanel(tab)).toContainText("Your session was ended from elsewhere");
  }
  await signInFromPanel(page);
  for (const tab of [page, other]) {
    await expect(sessionPanel(tab)).toBeHidden();
    await expect(tab.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  }
  const { body } = await actions.call(page, "/api/notes");
  expect(body).toContain("of the first tab");
  expect(body).toContain("of the second tab");
  expect((await demo.control.counters("ada")).codeExchanges).toBe(logins + 1);
});

test("an end at the provider is noticed within five seconds on a page that calls nothing", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page, "ada", "/counter");
  await expect(page.getByRole("heading", { name: "The counter" })).toBeVisible();
  await demo.control.sendBackchannelLogout({ user: "ada" });
  const endedAt = Date.now();
  await expect(sessionPanel(page)).toBeVisible();
  expect(Date.now() - endedAt).toBeLessThan(6_000);
});

test("somebody else who signs in in the window gets a page of their own, and nothing of the first one's text", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await actions.newNote(page);
  await actions.endAtProvider("ada");
  await page.keyboard.type("A secret of Ada's");
  await expect(sessionPanel(page)).toBeVisible();
  await signInFromPanel(page, "ines");
  await expect(page.getByText(/Ines signed in here/)).toBeVisible();
  await expect(page.getByText("A secret of Ada's")).toBeHidden();
  expect((await actions.call(page, "/api/notes?limit=100")).body).not.toContain("A secret of Ada's");
});

test("where windows are blocked, a new tab does as well", async ({ page, context, actions }) => {
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await endWhileTyping(page, actions, "typed before");
  await sessionPanel(page).getByRole("button", { name: "Sign in as Ada" }).click();
  await expect(sessionPanel(page)).toContainText("Your browser opened no window.");
  const [tab] = await Promise.all([
    context.waitForEvent("page"),
    sessionPanel(page).getByRole("link", { name: "Sign in in a new tab" }).click(),
  ]);
  await actions.fillInAtProvider(tab, "ada");
  await expect(sessionPanel(page)).toBeHidden();
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
});

test("the last resort, signing in on the page itself, brings the draft back and saves it", async ({
  page,
  actions,
  demo,
}) => {
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await endWhileTyping(page, actions, "typed before leaving");
  await sessionPanel(page).getByRole("button", { name: "Sign in as Ada" }).click();
  await sessionPanel(page).getByRole("button", { name: "Sign in on this page" }).click();
  await actions.fillInAtProvider(page, "ada");
  await page.waitForURL((url) => url.origin === demo.appUrl);
  await expect(page.getByRole("textbox", { name: "Text" })).toHaveValue("typed before leaving");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  expect((await actions.call(page, "/api/notes")).body).toContain("typed before leaving");
});

test("a sign-in that fails in the window says so there and in the page", async ({ page, actions }) => {
  await actions.signIn(page);
  await actions.endAtProvider("ada");
  await expect(sessionPanel(page)).toBeVisible();
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    sessionPanel(page).getByRole("button", { name: "Sign in as Ada" }).click(),
  ]);
  await popup.getByRole("button", { name: "Cancel and go back" }).click();
  await expect(popup.getByText("Sign-in was cancelled at the provider.")).toBeVisible();
  await expect(sessionPanel(page)).toContainText("Sign-in was cancelled at the provider.");
  await expect.poll(() => new URL(popup.url()).search).toBe("");
  await popup.getByRole("button", { name: "Try again" }).click();
  await actions.fillInAtProvider(popup, "ada");
  await expect(sessionPanel(page)).toBeHidden();
});

test("who wants to go on reading can, and signs in later by the banner", async ({ page, actions }) => {
  await actions.signIn(page);
  await actions.endAtProvider("ada");
  await sessionPanel(page).getByRole("button", { name: "Not now, keep reading" }).click();
  await expect(sessionPanel(page)).toBeHidden();
  await expect(page.getByRole("textbox", { name: "Text" })).toBeVisible();
  await page.getByRole("textbox", { name: "Title" }).fill("Still writing");
  await expect(page.getByText("Kept on this device until you sign in")).toBeVisible();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await signInFromPanel(page);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
});
