import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: the requests script that posts grant_type=refresh_token and prints a new access token, or an error with the status.
test("refresh script: a refresh brings a new access token and raises the coat number", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  const before = await actions.session(page);
  const result = await runMove(page, "Explicit refresh");
  await expect(result).toContainText("became");
  const after = await actions.session(page);
  expect(after["generation"]).toBeGreaterThan(before["generation"] as number);
  expect((await demo.control.counters("ada")).refreshSuccesses).toBeGreaterThan(0);
});

test("refresh script: an error is shown with its status, and costs no session", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await page.goto("/counter");
  await demo.control.addFault({ kind: "unavailable", grant: "refresh_token" });
  const result = await runMove(page, "Explicit refresh");
  await expect(result).toContainText("503");
  expect((await actions.session(page))["state"]).toBe("degraded");
  await demo.control.clearFaults();
  await expect
    .poll(async () => (await actions.call(page, "/bff/refresh", { method: "POST" })).status)
    .toBe(200);
});
test.use({ allowed: { console: /503/ } });
