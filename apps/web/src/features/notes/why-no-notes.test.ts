import { CoatcheckError, type CoatcheckErrorCode } from "@coatcheck/client";
import { expect, it } from "vitest";
import { whyNoNotes } from "./why-no-notes.ts";

it.each<[CoatcheckErrorCode, RegExp]>([
  ["refresh_unavailable", /^The provider is not answering/],
  ["network", /^The counter is not answering/],
  ["headers_too_large", /more cookies than this site takes.*Clear the cookies/],
  ["upstream_failed", /^The notes service is not answering/],
])("says whose trouble it is that no notes came: %s", (code, words) => {
  expect(whyNoNotes(new CoatcheckError(code, "no notes"))).toMatch(words);
});
