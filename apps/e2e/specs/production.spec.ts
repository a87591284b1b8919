import { expect, test } from "../src/fixtures.ts";

test.use({ demoOptions: { entry: "serve" } });

// What the browser writes on its console for a request that is answered 404 fails every test here.
test("without its demo part the server says so, and the page tries for nothing", async ({
  page,
  actions,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await actions.signIn(page, "ada", "/counter");
  await expect(page.getByRole("heading", { name: "The moves" })).toBeVisible();
  for (const name of ["Timeline", "Under the hood", "Storms", "Side by side"])
    await expect(page.getByRole("heading", { name })).toHaveCount(0);
  await expect(page.getByRole("navigation", { name: "On this page" })).toHaveCount(0);
  expect((await actions.session(page))["extensions"]).toEqual(["sessions"]);
  expect(asked.filter((path) => path.startsWith("/bff/demo"))).toEqual([]);
});
