import { expect, test } from "../../src/fixtures.ts";

// Ancestor: Flask `/callback`: the code for a token.
test("Flask /callback: the code is redeemed once and leaves no trace in the address or the referrer", async ({
  page,
  actions,
  demo,
}) => {
  const before = await demo.control.counters("ada");
  await actions.signIn(page);
  expect(new URL(page.url()).search).toBe("");
  expect(await page.evaluate(() => document.referrer)).not.toContain("code=");
  expect((await demo.control.counters("ada")).codeExchanges).toBe(before.codeExchanges + 1);
});
