import type { Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";
import { sessionPanel, signInFromPanel } from "../../src/session-panel.ts";

/** Long enough for a sign-in and what follows on a busy machine, short enough to wait for its end. */
const RECENT_SECONDS = 20;

test.use({
  demoOptions: { recentSignInSeconds: RECENT_SECONDS },
  allowed: { console: /Failed to load resource: the server responded with a status of 401/ },
});

async function deleteAll(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Delete all", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all notes" }).click();
}

test("deleting all notes asks for a recent sign-in in the same panel, and then happens once", async ({
  page,
  actions,
  demo,
}) => {
  const asked: { method: string; status: number }[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname !== "/api/notes" || response.request().method() !== "DELETE") return;
    asked.push({ method: "DELETE", status: response.status() });
  });
  await actions.signIn(page);
  const { signedInAt } = (await actions.session(page)) as { signedInAt: number };
  const list = page.getByRole("list", { name: "Notes" });
  await expect(list.getByText("Seat numbers")).toBeVisible();
  await expect
    .poll(async () => ((await actions.session(page))["now"] as number) - signedInAt, { timeout: 60_000 })
    .toBeGreaterThan((RECENT_SECONDS + 2) * 1_000);
  const logins = (await demo.control.counters("ada")).codeExchanges;

  await deleteAll(page);
  await expect(sessionPanel(page)).toHaveAccessibleName("Sign in once more");
  await expect(list.getByText("Seat numbers")).toBeVisible();
  expect(asked.map(({ status }) => status)).toEqual([401]);
  expect(await actions.session(page)).toMatchObject({ state: "active" });

  // "Not now" gives it up for good: no later sign-in deletes anything.
  await sessionPanel(page).getByRole("button", { name: "Not now" }).click();
  await expect(page.getByText("Nothing was deleted.")).toBeVisible();
  await expect(list.getByText("Seat numbers")).toBeVisible();

  await deleteAll(page);
  await expect(sessionPanel(page)).toBeVisible();
  const [opened] = await Promise.all([
    page.waitForEvent("popup").then(async (popup) => {
      await popup.waitForURL((url) => url.origin === demo.idpUrl);
      return popup;
    }),
    sessionPanel(page).getByRole("button", { name: "Sign in as Ada" }).click(),
  ]);
  // Though the provider still knows who is there, it asks for the password; the name is filled in.
  await expect(opened.getByLabel("User name")).toHaveValue("ada");
  await opened.close();
  await signInFromPanel(page);
  await expect(sessionPanel(page)).toBeHidden();
  await expect(page.getByRole("heading", { name: "No notes yet." })).toBeVisible();
  expect(asked.map(({ status }) => status)).toEqual([401, 401, 204]);
  expect(JSON.parse((await actions.call(page, "/api/notes")).body)).toMatchObject({ total: 0 });
  expect((await demo.control.counters("ada")).codeExchanges).toBe(logins + 1);
});

test("a call that comes late with the cookie of before the sign-in costs neither the page nor what waits", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await expect(page.getByRole("list", { name: "Notes" }).getByText("Seat numbers")).toBeVisible();
  const before = await page.context().cookies();
  const { signedInAt } = (await actions.session(page)) as { signedInAt: number };
  await expect
    .poll(async () => ((await actions.session(page))["now"] as number) - signedInAt, { timeout: 60_000 })
    .toBeGreaterThan((RECENT_SECONDS + 2) * 1_000);

  // The list's next look leaves with the older cookie, and gets to the server after the sign-in.
  const isHeld = Promise.withResolvers<undefined>();
  const isSignedIn = Promise.withResolvers<undefined>();
  const late = Promise.withResolvers<number>();
  let isTaken = false;
  await page.route(
    (url) => url.pathname === "/api/notes",
    async (route) => {
      if (isTaken || route.request().method() !== "GET") return route.fallback();
      isTaken = true;
      isHeld.resolve(undefined);
      await isSignedIn.promise;
      const cookie = before.map(({ name, value }) => `${name}=${value}`).join("; ");
      const response = await route.fetch({ headers: { ...route.request().headers(), cookie } });
      late.resolve(response.status());
      await route.fulfill({ response });
    },
  );
  await deleteAll(page);
  await expect(sessionPanel(page)).toHaveAccessibleName("Sign in once more");
  await isHeld.promise;
  // The window's page tells the others of the sign-in, as soon as it has heard of it itself.
  await page.context().route("**/bff/session", async (route) => {
    isSignedIn.resolve(undefined);
    await late.promise;
    await route.continue();
  });
  await signInFromPanel(page);
  expect(await late.promise).toBe(401);
  await expect(page.getByRole("heading", { name: "No notes yet." })).toBeVisible();
});

test("who has just signed in deletes all notes without another sign-in; who keeps them loses none", async ({
  page,
  actions,
}) => {
  await actions.signIn(page, "ines");
  const list = page.getByRole("list", { name: "Notes" });
  await expect(list.getByText("Bicycle")).toBeVisible();
  await page.getByRole("button", { name: "Delete all", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep them" }).click();
  await expect(list.getByText("Bicycle")).toBeVisible();
  await deleteAll(page);
  await expect(page.getByRole("heading", { name: "No notes yet." })).toBeVisible();
  await expect(sessionPanel(page)).toBeHidden();
});
