import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseJsonObject } from "./json-object.ts";

const hasProto = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProto));

test("S-049 reads every object as JSON.parse does, unless it names __proto__", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const expected: unknown = JSON.parse(text);
      expect(parseJsonObject(text)).toEqual(hasProto(expected) ? undefined : expected);
    }),
  );
});

test("S-049 refuses a member named twice at any depth, however it is escaped", () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.nat(3), (name, first, second, depth) => {
      const units = Array.from({ length: name.length }, (_, index) => name.charCodeAt(index));
      const escaped = `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
      const twice = `{${JSON.stringify(name)}:${JSON.stringify(first)}, ${escaped} : ${JSON.stringify(second)}}`;
      let text = twice;
      for (let level = 0; level < depth; level += 1)
        text = level % 2 === 0 ? `[1,${text}]` : `{"a":${text},"b":2}`;
      expect(parseJsonObject(`{"outer":${text}}`)).toBe(undefined);
    }),
  );
});

test("S-049 answers undefined to anything else, and never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        value = undefined;
      }
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      expect(parseJsonObject(text) === undefined || isObject).toBe(true);
    }),
  );
});

test.each([
  '{"a":{"x":1},"b":{"x":1}}',
  '{"a":[{"x":1},{"x":1}]}',
  '{"a":"a","b":"a"}',
  '{"a":["b","b"],"b":1}',
])("takes one name in two objects, and names among values: %s", (text) => {
  expect(parseJsonObject(text)).toEqual(JSON.parse(text));
});

test("takes deep nesting and 200 KB without trouble", () => {
  expect(parseJsonObject(`{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`)).not.toBe(undefined);
  expect(parseJsonObject(`{"a":"${"\\\\".repeat(100_000)}"}`)).not.toBe(undefined);
});
