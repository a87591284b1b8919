import { expect, test } from "../../src/fixtures.ts";

// Ancestor: Flask `session['oauth_token']`: a readable, signed cookie.
test("Flask session: the cookie is sealed, HttpOnly and Strict, and scripts see nothing", async ({
  page,
  actions,
  demo,
  context,
}) => {
  await actions.signIn(page);
  const cookies = (await context.cookies(demo.appUrl)).filter((cookie) => !cookie.name.includes("logout"));
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  const value = cookies[0]?.value ?? "";
  for (const { value: secret } of demo.issuedSecrets()) {
    expect(value).not.toContain(secret);
    expect(Buffer.from(value, "base64url").toString("latin1")).not.toContain(secret);
  }
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test("Flask session: a tampered cookie is anonymous, never an error", async ({
  page,
  actions,
  demo,
  context,
}) => {
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers")).toBeVisible();
  // No answer of the page may write a good cookie over the bad one.
  await page.goto("about:blank");
  const cookie = (await context.cookies(demo.appUrl)).find(({ name }) => !name.includes("logout"));
  if (cookie === undefined) throw new Error("no session cookie");
  await context.addCookies([{ ...cookie, value: `${cookie.value.slice(0, -8)}AAAAAAAA` }]);
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
});
