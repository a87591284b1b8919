import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: Flask `/validate`: the token in the address of the provider's tokeninfo page.
test("Flask /validate: Validate tells facts about the token and puts it nowhere", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  const result = await runMove(page, "Validate");
  await expect(result).toContainText("Good");
  await expect(result).toContainText("Scopes");
  await expect(result).toContainText("introspection");
  expect((await demo.control.counters("ada")).introspectionCalls).toBeGreaterThan(0);
});
