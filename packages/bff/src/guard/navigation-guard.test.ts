import { expect, it } from "vitest";
import { indexHeaders } from "../request/header-index.ts";
import { guardNavigation } from "./navigation-guard.ts";

function judge(fields: Record<string, string>) {
  return guardNavigation(indexHeaders(Object.entries(fields))).kind;
}

it("S-012: lets top-level document navigations pass", () => {
  expect(judge({})).toBe("pass");
  expect(
    judge({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "same-origin" }),
  ).toBe("pass");
  expect(
    judge({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "none" }),
  ).toBe("pass");
});

it("S-012: refuses prefetches, fetches and frames", () => {
  for (const fields of [
    { "sec-purpose": "prefetch;prerender" },
    { "Sec-Purpose": "Prefetch" },
    { purpose: "prefetch" },
    { "x-moz": "prefetch" },
    { "sec-fetch-mode": "cors" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    { "sec-fetch-mode": "navigate", "sec-fetch-dest": "object" },
    { "sec-fetch-dest": "empty" },
  ]) {
    expect(judge(fields as Record<string, string>)).toBe("refused");
  }
});

it("S-013: tells a navigation that another site began", () => {
  for (const site of ["cross-site", "same-site", "anything"]) {
    expect(
      judge({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": site }),
    ).toBe("foreign");
  }
});
