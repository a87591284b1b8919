import { test } from "@coatcheck/playwright";
import { readVisitSettings } from "./visit-settings.ts";

test("signs in once, for all", async ({ signInAs, saveState }) => {
  await signInAs("ada");
  await saveState(readVisitSettings().stateFile);
});
