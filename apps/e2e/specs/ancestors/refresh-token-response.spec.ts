import { startDemo } from "@coatcheck/demo";
import { expect, test } from "../../src/fixtures.ts";

// Ancestor: "if you see a refresh_token in your token response you are good to go".
test("refresh_token in the response: the session says that it can be renewed", async ({ page, actions }) => {
  await actions.signIn(page);
  expect(await actions.session(page)).toMatchObject({ state: "active", refresh: "possible" });
});

test("no refresh_token in the response: the session says so, and the log tells what to change", async ({
  actions,
}) => {
  const without = await startDemo({ ports: { app: 0, idp: 0, api: 0 }, refreshTokens: false });
  try {
    const browser = await actions.newBrowser();
    const other = await browser.newPage();
    await other.goto(without.appUrl);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.getByLabel("User name").fill("ada");
    await other.getByLabel("Password").fill("ticket");
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.waitForURL((url) => url.origin === without.appUrl);
    await expect.poll(() => actions.session(other)).toMatchObject({ state: "active", refresh: "none" });
    expect(without.logs().some((line) => /refresh.token/i.test(line) && /offline_access/.test(line))).toBe(
      true,
    );
  } finally {
    await without.stop();
  }
});
