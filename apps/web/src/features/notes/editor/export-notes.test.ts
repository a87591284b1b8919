import { describe, expect, it } from "vitest";
import { fileName, toMarkdown } from "./export-notes.ts";

describe("an exported note", () => {
  it("has its title as a heading, where it has one", () => {
    expect(toMarkdown({ title: " Seats ", body: "Row 14\n" })).toBe("# Seats\n\nRow 14");
    expect(toMarkdown({ title: "", body: "Row 14" })).toBe("Row 14");
  });

  it.each([
    ["Packing, Tromsø", "Packing Tromsø"],
    ["../../etc/passwd", "etc passwd"],
    ["a/b:c*d?", "a b c d"],
    ["???", "note"],
    ["x".repeat(99), "x".repeat(60)],
  ])("is named so that every file system takes it: %j", (name, file) => {
    expect(fileName(name)).toBe(file);
  });
});
