import { expect, test } from "../../src/fixtures.ts";

test("signInAs signs in without a page, and the provider knows the browser, too", async ({
  page,
  context,
  signInAs,
  demo,
}) => {
  await signInAs("ada");
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  for (const name of ["ada", "ada@example.org", "Ada Lindqvist"]) await expect(page).toBeSignedInAs(name);
  await expect(page).not.toBeSignedInAs("ines");
  expect((await context.cookies(demo.idpUrl)).map(({ name }) => name)).toContain("idp-session");
});

test("signInAs takes another person's place in the same browser", async ({ page, signInAs }) => {
  await signInAs("ada");
  await signInAs("ines");
  await page.goto("/");
  await expect(page).toBeSignedInAs("ines");
});

test("signInThroughUi goes through the provider's pages and ends where it is asked to", async ({
  page,
  signInThroughUi,
}) => {
  await signInThroughUi("ines", { path: "/counter" });
  expect(new URL(page.url()).pathname).toBe("/counter");
  await expect(page).toBeSignedInAs("ines");
});

test.describe("on pages that only the app's developer knows", () => {
  const filledIn: string[] = [];
  test.use({
    coatcheck: {
      users: { boss: { username: "ines", password: "ticket" } },
      fillIn: async (page, { username, password }) => {
        filledIn.push(username);
        await page.locator("[name=username]").fill(username);
        await page.locator("[name=password]").fill(password);
        await page.keyboard.press("Enter");
      },
    },
  });
  test("signInThroughUi signs in as fillIn does, under the name that the spec uses", async ({
    page,
    signInThroughUi,
  }) => {
    await signInThroughUi("boss");
    await expect(page).toBeSignedInAs("ines");
    expect(filledIn).toEqual(["ines"]);
  });
});

test("without a name the worker's own person signs in, whom no other worker shares", async ({
  page,
  signInAs,
  workerPerson,
}, { parallelIndex }) => {
  await signInAs();
  await page.goto("/");
  expect(workerPerson).toBe(`worker-${parallelIndex}`);
  await expect(page).toBeSignedInAs(workerPerson);
  await page.goto("/bff/login?prompt=login");
  await expect(page.getByText("for Ada Lindqvist")).toBeVisible();
  await expect(page.getByText(`for Worker ${parallelIndex}`), "on the sign-in page").toHaveCount(0);
});

test("api calls the app as its page does, in any method", async ({ api, signInAs, page }) => {
  await signInAs("ada");
  const created = await api.post("/api/notes", { data: { title: "By api", body: "Text" } });
  expect(created.status()).toBe(201);
  await page.goto("/");
  await expect(page.getByRole("link", { name: /^By api/ })).toBeVisible();
  expect((await page.request.get("/api/notes")).status(), "without the header").toBe(403);
});

test.describe("planted", () => {
  test.use({ allowed: { secrets: true } });

  test("expectNoTokens passes on an honest page, and finds one that is planted", async ({
    page,
    signInAs,
    api,
    demo,
    expectNoTokens,
  }) => {
    await signInAs("ada");
    await page.goto("/");
    expect((await api.get("/api/notes")).status()).toBe(200);
    await expectNoTokens();
    const token = demo.issuedSecrets().findLast(({ kind }) => kind === "refresh token")?.value ?? "";
    await page.evaluate((value) => localStorage.setItem("x", value), token);
    await expect(expectNoTokens()).rejects.toThrow(/refresh token/);
    await page.evaluate(() =>
      localStorage.setItem("x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"),
    );
    await expect(expectNoTokens()).rejects.toThrow(/something like a JWT/);
  });
});
