import { expect, test } from "../../src/fixtures.ts";
import { sessionPanel, signInFromPanel } from "../../src/session-panel.ts";

test.use({
  allowed: { console: /Failed to load resource: (?:the server responded with a status of 401|net::ERR_)/ },
});

test("the session ends while a new note is on its way: after the sign-in it has reached the API once", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await actions.newNote(page);

  // The session ends when the note has left the page, and before the counter has it.
  const posts: number[] = [];
  await page.route("**/api/notes", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    if (posts.length === 0) {
      await actions.endAtProvider("ada");
    }
    const response = await route.fetch();
    posts.push(response.status());
    await route.fulfill({ response });
  });
  await page.keyboard.type("Sent in the last second");
  await expect(sessionPanel(page)).toContainText("Your session was ended from elsewhere");
  await expect(sessionPanel(page)).toContainText("goes on by itself");
  await signInFromPanel(page);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  // A page that is slow may have tried twice before it knew.
  expect([posts[0], ...posts.filter((status) => status !== 401)]).toEqual([401, 201]);
  const { body } = await actions.call(page, "/api/notes?limit=100");
  expect(body.split("Sent in the last second")).toHaveLength(2);
});

test("the session ends after the API has a new note and before the page hears of it: there is one note", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await actions.newNote(page);
  let arrived = 0;
  await page.route("**/api/notes", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const response = await route.fetch();
    if (response.status() === 201) arrived += 1;
    if (arrived > 1 || response.status() !== 201) return route.fulfill({ response });
    await actions.endAtProvider("ada");
    await route.abort("connectionreset");
  });
  await page.keyboard.type("Answer lost");
  await expect(sessionPanel(page)).toBeVisible();
  await signInFromPanel(page);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  const { body } = await actions.call(page, "/api/notes?limit=100");
  expect(body.split("Answer lost")).toHaveLength(2);
});
