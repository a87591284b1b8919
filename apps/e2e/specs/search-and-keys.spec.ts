import { expect, test } from "../src/fixtures.ts";

test("a search marks what it found, in the list alone, and is cleared by a button and by Escape", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  const list = page.getByRole("list", { name: "Notes" });
  await expect(list.getByRole("listitem")).not.toHaveCount(0);
  const all = await list.getByRole("listitem").count();
  const field = page.getByRole("searchbox", { name: "Search notes" });

  await field.fill("thermos");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await expect(list.locator("mark")).toHaveText(["thermos"]);
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(all);
  await expect(field).toBeFocused();

  await field.fill("no note holds this");
  await expect(page.getByText("No note holds “no note holds this”.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field).toHaveValue("");
  await expect(list.getByRole("listitem")).toHaveCount(all);
});

test("keys: / searches, n begins a note, Ctrl K goes anywhere, ? lists them, Escape closes", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search notes" })).toBeFocused();
  await page.keyboard.press("Escape");

  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  for (const key of ["/", "n", "?", "Esc"]) await expect(keys.getByText(key, { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();

  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
  await page.keyboard.type("lighting");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Questions for the lighting plan");

  await page.keyboard.press("n");
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  await page.keyboard.type("n and / are letters here?");
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("n and / are letters here?");
});

test("a save costs one request, and what it answers of the session is in the ticket", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Winter reading").first().click();
  await page.getByRole("textbox", { name: "Text" }).click();
  // The checks that a visible page makes by the clock come in their own time; none may follow a save.
  await page.waitForResponse((response) => new URL(response.url()).pathname === "/bff/session");
  const calls: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/(?:api|bff)\//.test(pathname)) calls.push(`${request.method()} ${pathname}`);
  });
  const saved = page.waitForResponse((response) => response.request().method() === "PUT");
  await page.keyboard.type(" and one more");
  const answer = await saved;
  expect(answer.headers()["coatcheck-session"]).toContain("state=active");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  expect(calls).toEqual([expect.stringMatching(/^PUT \/api\/notes\/\d+$/)]);
});

test("after a delete the keyboard goes on in the list, at the next note", async ({ page, actions }) => {
  await actions.signIn(page);
  await page.getByText("Questions for the lighting plan").first().click();
  await page.getByRole("button", { name: "Delete", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Deleted “Questions for the lighting plan”")).toBeVisible();
  const focused = page.locator("a:focus");
  await expect(focused).toContainText("Packing, Tromsø");
  await expect(page.getByRole("list", { name: "Notes" }).locator("a:focus")).toHaveCount(1);
});
