import { test } from "@coatcheck/playwright";

test("sign in once, for all", async ({ signInAs, saveState }) => {
  await signInAs("ada");
  await saveState("test-results/ada.json");
});
