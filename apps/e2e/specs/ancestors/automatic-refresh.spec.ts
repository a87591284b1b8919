import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: Flask `/automatic_refresh`: expires_at in the past, and the next call refreshes by itself.
test("Flask /automatic_refresh: an expired token is renewed on the way to the API", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await expect.poll(async () => (await actions.call(page, "/api/notes")).status).toBe(200);
  const before = await demo.control.counters("ada");
  const result = await runMove(page, "Implicit refresh");
  await expect(result).toContainText(/200 in \d+ ms/);
  await expect(result).toContainText("went into the refresh");
  await expect(result).toContainText("on the way");
  const after = await demo.control.counters("ada");
  expect(after.refreshSuccesses).toBeGreaterThan(before.refreshSuccesses);
  expect(after.reuseDetected).toBe(0);
});
