import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const examples = new URL("../examples/", import.meta.url);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the README", () => {
  it("shows the examples that are type-checked, word for word", () => {
    const shown = [...readme.matchAll(/^```tsx?\n(.*?)\n```$/gms)].map(([, code]) => code);
    const files = readdirSync(examples).map((name) =>
      readFileSync(new URL(name, examples), "utf8").trimEnd(),
    );
    expect(new Set(shown)).toEqual(new Set(files));
  });
});
