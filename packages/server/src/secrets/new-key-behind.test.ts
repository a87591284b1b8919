import { revealSecret } from "@coatcheck/bff/config";
import { expect, it } from "vitest";
import { KEY, OTHER_KEY, settingsOf } from "../environment/good-environment.fixture.ts";
import { withNewKeyBehind } from "./new-key-behind.ts";

const THIRD_KEY = "Ff3q7uOa8wFJmYkq4mO8ZBQm2Ck5nB4rW1xgPZr0yXo";

it.each([
  ["a new key in front opens only", KEY, [OTHER_KEY, KEY], [KEY, OTHER_KEY]],
  ["two new ones", KEY, [THIRD_KEY, OTHER_KEY, KEY], [KEY, THIRD_KEY, OTHER_KEY]],
  ["one that is appended seals nothing anyway", KEY, [KEY, OTHER_KEY], [KEY, OTHER_KEY]],
  ["the key that seals is taken away: somebody knows why", KEY, [OTHER_KEY], [OTHER_KEY]],
  ["the same key", KEY, [KEY], [KEY]],
])("cookie keys: %s", (_name, current, next, expected) => {
  const frontendsOf = (keys: readonly string[]) => settingsOf({ COOKIE_KEYS: keys.join() }).frontends;
  const held = withNewKeyBehind(frontendsOf(next), frontendsOf([current]));
  expect(held[0]?.bff.cookieKeys.map(revealSecret)).toEqual(expected);
});
