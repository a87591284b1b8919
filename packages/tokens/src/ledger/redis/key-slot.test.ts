import { expect, it } from "vitest";
import { keySlot } from "./key-slot.ts";

it.each([
  ["123456789", 12_739],
  ["foo", 12_182],
  ["{foo}bar", 12_182],
  ["bar{foo}{other}", 12_182],
  ["foo{}bar", 14_292],
  ["foo{", 7_673],
  ["schlüssel", 7_677],
  ["", 0],
])("is where a cluster says that %j lies", (key, slot) => {
  expect(keySlot(key)).toBe(slot);
});
