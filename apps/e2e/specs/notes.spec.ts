import { expect, test } from "../src/fixtures.ts";

test("a note is written, saved by itself, found again after a reload, and deleted with a way back", async ({
  page,
  actions,
}) => {
  await actions.signIn(page, "ines");
  await actions.newNote(page, "Cloakroom rota");
  await page.getByRole("textbox", { name: "Text" }).fill("Tuesday: Jonas. Friday: me.");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("list", { name: "Notes" }).getByText("Cloakroom rota")).toBeVisible();
  await page.getByRole("list", { name: "Notes" }).getByText("Cloakroom rota").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("list", { name: "Notes" }).getByText("Cloakroom rota")).toBeVisible();
});

test("what is typed offline is kept, and saved when the network is back", async ({
  page,
  context,
  actions,
  demo,
}) => {
  await actions.signIn(page, "ines");
  await actions.newNote(page, "Written on the train");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await context.setOffline(true);
  await page.getByRole("textbox", { name: "Text" }).fill("Between two tunnels.");
  await expect(page.getByText("You are offline.")).toBeVisible();
  await expect(page.getByText("Kept on this device until you are online")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  const { body } = await actions.call(page, "/api/notes?limit=5");
  expect(body).toContain("Between two tunnels.");
  expect(demo.logs().join("\n")).not.toContain("Between two tunnels.");
});
test.use({ allowed: { console: /Failed to load resource|ERR_INTERNET_DISCONNECTED/ } });
