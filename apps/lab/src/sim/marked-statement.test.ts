import { describe, expect, it } from "vitest";
import { changeMarkedStatement } from "./marked-statement.ts";

describe("a bug in a marked statement", () => {
  it.each([
    ["if (a && f(b)) return c; // mutate: x", "false", "if (false) return c; // mutate: x"],
    ["// mutate: x\nif (\n  a\n) {\n  b();\n}", "!$", "// mutate: x\nif (!(\n  a\n)) {\n  b();\n}"],
    ["const isOwn = a === b; // mutate: x", "true", "const isOwn = true; // mutate: x"],
    [
      "const a: B = { c: [1, 2], d }; // mutate: x",
      "{ ...$, d: 1 }",
      "const a: B = { ...({ c: [1, 2], d }), d: 1 }; // mutate: x",
    ],
    ["return now + f(a, b); // mutate: x", "$ - 5", "return (now + f(a, b)) - 5; // mutate: x"],
    ['f({\n  keep: g(";") ?? false, // mutate: x\n});', "true", "f({\n  keep: true, // mutate: x\n});"],
    ["a.b = c; // mutate: x", "d", "a.b = d; // mutate: x"],
    ["while (a) b(c, d); // mutate: x", undefined, " // mutate: x"],
  ] as const)("changes %j by %j", (source, becomes, expected) => {
    expect(changeMarkedStatement(source, { at: "x", becomes })).toBe(expected);
  });

  it("is refused where a mark is missing or stands twice", () => {
    const change = { at: "x", becomes: "1" };
    expect(() => changeMarkedStatement("const a = 2; // mutate: y", change)).toThrow("0 marks named x");
    const twice = "const a = 2; // mutate: x\nconst b = 3; // mutate: x";
    expect(() => changeMarkedStatement(twice, change)).toThrow("2 marks named x");
  });
});
