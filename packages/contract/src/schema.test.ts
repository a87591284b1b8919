import * as fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod/mini";
import * as s from "./schema.ts";

/** Each of our schemas beside the same one by zod. */
const PAIRS = {
  string: [s.string, z.string()],
  number: [s.number, z.number()],
  boolean: [s.boolean, z.boolean()],
  "one of": [s.oneOf("a", "b", 3), z.union([z.literal("a"), z.literal("b"), z.literal(3)])],
  optional: [s.optional(s.string), z.optional(z.string())],
  array: [s.array(s.number), z.array(z.number())],
  object: [s.object({ a: s.string }), z.object({ a: z.string() })],
  "object with an optional member": [
    s.object({ a: s.string, b: s.optional(s.number) }),
    z.object({ a: z.string(), b: z.optional(z.number()) }),
  ],
  "loose object": [
    s.looseObject({ a: s.string, b: s.optional(s.array(s.string)) }),
    z.looseObject({ a: z.string(), b: z.optional(z.array(z.string())) }),
  ],
  union: [
    s.union(s.object({ a: s.oneOf("x"), n: s.number }), s.object({ a: s.oneOf("y") })),
    z.discriminatedUnion("a", [
      z.object({ a: z.literal("x"), n: z.number() }),
      z.object({ a: z.literal("y") }),
    ]),
  ],
} as const;

/** What JSON can hold, with the members that the schemas know made likely. */
const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      a: fc.oneof(fc.constantFrom("x", "y", "a", "b"), fc.jsonValue()),
      b: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue()),
      n: fc.oneof(fc.integer(), fc.jsonValue()),
      more: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
  fc.array(fc.oneof(fc.integer(), fc.string())),
  fc.constantFrom("a", "b", "c", 3, 4, "3", null, true, false, "", 0),
);

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).constructor;
  }
}

describe.each(Object.entries(PAIRS))("the schema for %s", (_name, [ours, theirs]) => {
  it("takes what zod takes, and gives what zod gives", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const { success, data } = theirs.safeParse(value);
        expect(ours.safeParse(value)).toEqual(success ? { success, data } : { success });
        expect(outcomeOf(() => ours.parse(value))).toEqual(success ? data : TypeError);
      }),
      { numRuns: 500 },
    );
  });
});

describe("schemas", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])("take no number that JSON doesn't know: %d", (value) => {
    expect(s.number.safeParse(value).success).toBe(false);
  });

  it("don't take a member that was only inherited for one that was sent", () => {
    expect(s.object({ constructor: s.optional(s.string) }).parse({})).toEqual({});
    expect(s.object({ toString: s.string }).safeParse({}).success).toBe(false);
  });

  it("change nobody's prototype", () => {
    const value: unknown = JSON.parse('{"sub":"ada","__proto__":{"isAdmin":true}}');
    const parsed = s.looseObject({ sub: s.string }).parse(value);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed["isAdmin"]).toBeUndefined();
  });

  it("let a defect of the program through, instead of calling it a wrong shape", () => {
    const value = {
      get a(): string {
        throw new RangeError("defect");
      },
    };
    expect(() => s.object({ a: s.string }).safeParse(value)).toThrow(RangeError);
  });

  it("have the types that zod gives the same shapes", () => {
    const ours = s.object({ a: s.string, b: s.optional(s.number), c: s.array(s.oneOf("x", "y")) });
    const theirs = z.object({ a: z.string(), b: z.optional(z.number()), c: z.array(z.enum(["x", "y"])) });
    expectTypeOf<s.Infer<typeof ours>>().toEqualTypeOf<z.infer<typeof theirs>>();
    const loose = s.looseObject({ a: s.string });
    expectTypeOf<s.Infer<typeof loose>["a"]>().toEqualTypeOf<string>();
    expectTypeOf<s.Infer<typeof loose>["other"]>().toEqualTypeOf<unknown>();
  });
});
