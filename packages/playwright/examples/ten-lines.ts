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
  await expireAccessToken();
  expect((await api.get("/api/notes")).status()).toBe(200);
  await expectNoTokens();
});
