import { expect, test } from "@coatcheck/playwright";

test("an expired token costs nobody anything", async ({
  page,
  signInAs,
  expireAccessToken,
  api,
  expectNoTokens,
}) => {
  await signInAs("ada");
  await page.goto("/");
  await expect(page).toBeSignedInAs("ada");
  await page.getByLabel("New note").fill("Row 14");
  await page.getByRole("button", { name: "Add" }).click();
  await expireAccessToken();
  expect(await (await api.get("/api/notes")).json()).toMatchObject([{ text: "Row 14" }]);
  await expectNoTokens();
});
