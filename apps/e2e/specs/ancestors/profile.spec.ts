import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: Flask `/profile`: a protected resource, fetched with the token.
test("Flask /profile: Profile shows what the provider says about the person", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  const result = await runMove(page, "Profile");
  await expect(result).toContainText("Ada Lindqvist");
  await expect(result).toContainText("@");
  expect((await demo.control.counters("ada")).userinfoCalls).toBeGreaterThan(0);
});
