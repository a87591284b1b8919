import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { identifiersOf, parseSourceFiles } from "./syntax.ts";

const document = readFileSync(join(repositoryRoot, "docs/vocabulary.md"), "utf8");
const rows = [...document.matchAll(/^\| (?!Word \||-)(.+?) \| (.+?) \| ?(.*?) ?\|$/gm)].map(
  ([, words = "", meaning = ""]) => ({ words: words.split(", "), meaning }),
);

describe("docs/vocabulary.md", () => {
  it("explains each word once, in a sentence", () => {
    const words = rows.flatMap((row) => row.words);
    expect(words.length).toBeGreaterThan(40);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    expect(rows.filter(({ meaning }) => !/^\S.{15,}\.$/.test(meaning))).toEqual([]);
  });

  it("explains only words that the sources use", () => {
    const used = parseSourceFiles()
      .map((file) => [file.path, identifiersOf(file).join(" "), file.comments.join(" ")].join(" "))
      .join("\n")
      // `singleFlight` and single-flight are the words single flight.
      .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
      .replaceAll("-", " ")
      .toLowerCase();
    const unused = rows
      .flatMap(({ words }) => words)
      .filter((word) => !new RegExp(`\\b${word.toLowerCase()}(s|d|ed)?\\b`).test(used));
    expect(unused).toEqual([]);
  });
});
