import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { rememberNames } from "../examples/remember-a-name.ts";
import { createBrowser } from "../suite/browser.ts";
import { generateCookieKey } from "./cookie-keys.ts";

it("the example remembers a name for a browser, for whoever has the key", async () => {
  const key = generateCookieKey(randomBytes);
  const names = rememberNames(key);
  const browser = createBrowser();
  const outcome = await names.seal({ ...names.create(), name: "Ada" });
  if (outcome.kind !== "sealed") throw new Error(outcome.kind);
  browser.store(outcome.setCookie);
  const opened = await rememberNames(key).open(browser.header());
  expect(opened.sessions.map(({ value }) => value.name)).toEqual(["Ada"]);
  const stranger = rememberNames(generateCookieKey(randomBytes));
  expect((await stranger.open(browser.header())).sessions).toEqual([]);
});
