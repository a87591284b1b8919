import type { SignedInView } from "@coatcheck/contract";
import { expect, it } from "vitest";
import { isDemo } from "./is-demo.ts";

const view: SignedInView = {
  state: "active",
  user: { sub: "ada" },
  userKey: "u",
  ticket: "0417",
  generation: 0,
  now: 0,
  signedInAt: 0,
  idleDeadline: 1,
  absoluteDeadline: 1,
  accessTokenExpiresAt: 1,
  refresh: "possible",
};

it.each([
  [undefined, false],
  [["audit"], false],
  [["audit", "demo"], true],
])("takes it from the session alone: of %j the demo is there: %s", (extensions, expected) => {
  expect(isDemo(extensions === undefined ? view : { ...view, extensions })).toBe(expected);
});
