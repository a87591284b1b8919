import { expect, test } from "../../src/fixtures.ts";

// Ancestor: Flask `/`: authorization URL with scope and state, consent where the provider needs it.
test("Flask /: one button leads to the provider with state, nonce and PKCE, and sets no session", async ({
  page,
  demo,
  context,
}) => {
  await page.goto("/");
  const asked = page.waitForRequest((request) => request.url().startsWith(`${demo.idpUrl}/auth`));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const query = new URL((await asked).url()).searchParams;
  expect(query.get("response_type")).toBe("code");
  expect(query.get("code_challenge_method")).toBe("S256");
  for (const name of ["state", "nonce", "code_challenge", "scope", "redirect_uri"])
    expect(query.get(name)).toBeTruthy();
  await page.waitForURL((url) => url.origin === demo.idpUrl);
  const names = (await context.cookies(demo.appUrl)).map((cookie) => cookie.name);
  expect(names.filter((name) => name.includes("-tx-"))).toHaveLength(1);
  expect(names.filter((name) => !name.includes("-tx-"))).toEqual([]);
});

test("Flask /: the provider's page is visibly another place", async ({ page, demo }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.origin === demo.idpUrl);
  await expect(
    page.getByText("This is another site. Coatcheck does not see what you type here."),
  ).toBeVisible();
});
