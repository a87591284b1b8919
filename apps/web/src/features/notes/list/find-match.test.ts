import { describe, expect, it } from "vitest";
import { findMatch, snippetAround } from "./find-match.ts";

describe("findMatch", () => {
  it.each([
    ["Packing, Tromsø", "tromsø", "Tromsø"],
    ["Packing, Tromsø", " PACK ", "Pack"],
    ["100% wool_mix", "l_m", "l_m"],
    ["nothing of it", "coat", undefined],
    ["anything", "", undefined],
    ["anything", "  ", undefined],
    ["İstanbul and coats", "coats", undefined],
  ])("in %j finds %j", (text, q, found) => {
    const match = findMatch(text, q);
    expect(match && text.slice(match.start, match.end)).toBe(found);
  });
});

describe("snippetAround", () => {
  const text = "Borrowed from Ines: the Tokarczuk, both Sebalds, and the grey atlas with the loose spine.";

  it("begins a few words before the match", () => {
    const snippet = snippetAround(text, "atlas");
    expect(snippet).toMatch(/^… /);
    expect(snippet.indexOf("atlas")).toBeLessThan(30);
    expect(text.endsWith(snippet.slice(2))).toBe(true);
  });

  it("is the text where the match is near its start, and where there is none", () => {
    expect(snippetAround(text, "from")).toBe(text);
    expect(snippetAround(text, "umbrella")).toBe(text);
  });
});
