import { expect, test } from "../src/fixtures.ts";
import { openCounter } from "../src/counter-page.ts";

test.use({
  allowed: {
    console:
      /Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_FAILED|dynamically imported module|preload CSS/,
  },
});

test("what was typed offline in a tab that was closed is saved by the next one, without its note being opened", async ({
  page,
  context,
  actions,
}) => {
  await actions.signIn(page, "ines");
  await actions.newNote(page, "Begun on the train");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await context.setOffline(true);
  await page.getByRole("textbox", { name: "Text" }).fill("Between two tunnels, then the tab was gone.");
  await expect(page.getByText("until you are online")).toBeVisible();
  await actions.newNote(page, "Never heard of by the server");
  await page.close();
  await context.setOffline(false);

  const next = await context.newPage();
  await next.goto("/counter");
  await expect(next.getByRole("heading", { name: "The counter" })).toBeVisible();
  const notes = async () => (await actions.call(next, "/api/notes?limit=100")).body;
  await expect.poll(notes).toContain("Between two tunnels, then the tab was gone.");
  expect((await notes()).split("Never heard of by the server")).toHaveLength(2);
});

test("a reload while a save is under way is no conflict with one's own text", async ({
  page,
  context,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Questions for the lighting plan").first().click();
  // The save arrives; its answer doesn't.
  await context.route("**/api/notes/*", async (route) => {
    if (route.request().method() !== "PUT") return route.fallback();
    await route.fetch();
    await new Promise(() => {});
  });
  const arrived = page.waitForRequest((request) => request.method() === "PUT");
  const text = page.getByRole("textbox", { name: "Text" });
  await text.fill("First half");
  await arrived;
  await expect.poll(async () => (await actions.call(page, "/api/notes")).body).toContain("First half");
  await text.fill("First half, second half");
  await context.unroute("**/api/notes/*");
  await page.reload();
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Text" })).toHaveValue("First half, second half");
  await expect(page.getByText(/changed elsewhere/)).toBeHidden();
  expect((await actions.call(page, "/api/notes")).body).toContain("First half, second half");
});

test("a reload while a new note is created makes one note, not two", async ({ page, context, actions }) => {
  await actions.signIn(page);
  await context.route("**/api/notes", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await route.fetch();
    await new Promise(() => {});
  });
  const arrived = page.waitForRequest((request) => request.method() === "POST");
  await actions.newNote(page, "Made once");
  await arrived;
  await expect.poll(async () => (await actions.call(page, "/api/notes")).body).toContain("Made once");
  await context.unroute("**/api/notes");
  await page.goto("/");
  await expect(page.getByRole("list", { name: "Notes" }).getByText("Made once")).toBeVisible();
  await page.getByRole("list", { name: "Notes" }).getByText("Made once").click();
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  const { body } = await actions.call(page, "/api/notes?limit=100");
  expect(body.split("Made once")).toHaveLength(2);
});

test("words say who is away: the counter, and not the reader's own network", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await demo.stopServer();
  await page.getByRole("textbox", { name: "Text" }).fill("While the counter is away");
  await expect(page.getByText("until the counter answers")).toBeVisible();
  await expect(page.getByText("The counter is not answering.")).toBeVisible();
  await expect(page.getByText("Not saved.")).toBeHidden();
  await demo.startServer();
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible({ timeout: 60_000 });
});

test("two versions kept: the list shows the other one, and one's own has a title of its own", async ({
  page,
  context,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Soup for eleven people").first().click();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("textbox", { name: "Text" }).fill("changed in the other tab");
  await expect(other.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await page.getByRole("textbox", { name: "Text" }).fill("changed here");
  await expect(page.getByRole("alert", { name: "Changed elsewhere" })).toBeVisible();
  await page.getByRole("button", { name: "Keep both" }).click();
  const list = page.getByRole("list", { name: "Notes" });
  await expect(list.getByText("changed in the other tab")).toBeVisible();
  await expect(list.getByText("Soup for eleven people (my text)")).toBeVisible();
  await expect(list.getByText("changed here")).toBeVisible();
});

test("sign-out asks about what isn't saved, and forgets it in this browser afterwards", async ({
  page,
  context,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Packing, Tromsø").first().click();
  await context.route("**/api/notes/*", (route) => route.abort());
  await page.getByRole("textbox", { name: "Text" }).fill("can't be saved");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: true }).click();
  await expect(page.getByText("One change is not saved yet.")).toBeVisible();
  await page.getByRole("button", { name: "Stay signed in" }).click();
  await expect(page.getByRole("button", { name: "Sign out here", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Sign out here", exact: true }).click();
  await page.getByRole("button", { name: "Sign out all the same" }).click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await context.unroute("**/api/notes/*");
  // The provider still knows them.
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("Packing, Tromsø").first()).toBeVisible();
  expect((await actions.call(page, "/api/notes")).body).not.toContain("can't be saved");
});

test("a refresh in one tab turns the coat number in the other", async ({ page, context, actions }) => {
  await actions.signIn(page);
  const other = await context.newPage();
  await other.goto("/counter");
  await openCounter(other);
  const coat = (tab: typeof page) => tab.getByText(/Coat number \d+/).first();
  await expect(coat(other)).toBeVisible();
  const before = Number(/\d+/.exec((await coat(page).textContent()) ?? "")?.[0]);
  await other.getByRole("button", { name: "Run Explicit refresh" }).click();
  await expect(coat(other)).toHaveText(new RegExp(`Coat number ${before + 1}\\b`));
  await expect(coat(page)).toHaveText(new RegExp(`Coat number ${before + 1}\\b`), { timeout: 1_500 });
});

test("signing out by the palette asks about what isn't saved, too", async ({ page, context, actions }) => {
  await actions.signIn(page, "ines");
  await page.getByText("Bicycle").first().click();
  // From then on the browser has the palette, too.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await context.setOffline(true);
  await page.getByRole("textbox", { name: "Text" }).fill("Not saved anywhere yet.");
  await expect(page.getByText("until you are online")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+K");
  await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
  await page.keyboard.type("sign out");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out here", exact: true }).click();
  await expect(page.getByText("One change is not saved yet.")).toBeVisible();
  await page.getByRole("button", { name: "Stay signed in" }).click();
  await page.keyboard.press("Escape");
  await context.setOffline(false);
  await expect
    .poll(async () => (await actions.call(page, "/api/notes?limit=100")).body)
    .toContain("Not saved anywhere yet.");
});

test.describe("without a service worker, which keeps every part", () => {
  test.use({
    serviceWorkers: "block",
    allowed: {
      console:
        /Service Worker registration blocked|Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_FAILED|dynamically imported module|preload CSS/,
    },
  });

  test("a part that can't be fetched says so, and costs neither the page nor the text", async ({
    page,
    context,
    actions,
  }) => {
    await actions.signIn(page, "ines");
    await page.getByText("Bicycle").first().click();
    await context.setOffline(true);
    const text = page.getByRole("textbox", { name: "Text" });
    await text.fill("Typed on the train.");
    await page.getByRole("link", { name: "Counter" }).click();
    await expect(page.getByText("This part of the page did not load.")).toBeVisible();
    await page.getByRole("link", { name: "Notes", exact: true }).click();
    await expect(page.getByText("Typed on the train.").first()).toBeVisible();
    await context.setOffline(false);
    await page.getByRole("link", { name: "Counter" }).click();
    await page.getByRole("button", { name: "Reload" }).click();
    await expect(page.getByRole("heading", { name: "The counter" })).toBeVisible();
    await expect
      .poll(async () => (await actions.call(page, "/api/notes?limit=100")).body)
      .toContain("Typed on the train.");
  });
});
