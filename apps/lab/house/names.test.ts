import { describe, expect, it } from "vitest";
import { identifiersOf, parseSourceFiles, topLevelNames } from "./syntax.ts";

/** Names that still mean two things; the list only shrinks. */
const STILL_DOUBLE: ReadonlySet<string> = new Set([
  "Answer",
  "Browser",
  "Coat",
  "Draft",
  "Fault",
  "HOME",
  "ISSUER",
  "JsonObject",
  "Move",
  "Note",
  "NotePage",
  "NoteText",
  "ORIGIN",
  "ProblemCode",
  "ProviderSettings",
  "RunOptions",
  "Secret",
  "SignedIn",
  "SignedInProps",
  "SigningKeys",
  "cookieHeader",
  "createBrowser",
  "createUpload",
  "problem",
]);

/** Images that explain nothing; and the words to take instead. */
const BANNED: ReadonlyMap<string, string> = new Map([
  ["desk", "name what it does"],
  ["ripe", "due"],
  ["shelf", "store"],
  ["shelves", "stores"],
  ["tell", "report, notify, log"],
  ["teller", "reporter"],
  ["telling", "reporting"],
  ["tells", "reports, notifies, logs"],
  ["told", "reported, notified, logged"],
  ["turn", "lease, claim, round"],
  ["turns", "leases, claims, rounds"],
]);

describe("names", () => {
  const files = parseSourceFiles();

  it("mean one thing: no two files export the same one", () => {
    const byName = new Map<string, Set<string>>();
    // Examples are people's own code, each alone.
    for (const file of files.filter(
      ({ path, isTest }) => !isTest || !/\.test\.|\/(examples|template)\//.test(path),
    )) {
      for (const { name, isExported } of topLevelNames(file)) {
        if (isExported) byName.set(name, (byName.get(name) ?? new Set()).add(file.path));
      }
    }
    const doubles = [...byName].filter(([name, paths]) => paths.size > 1 && !STILL_DOUBLE.has(name));
    expect(doubles.map(([name, paths]) => `${name}: ${[...paths].join(", ")}`)).toEqual([]);
  });

  it("are the field's words and no images", () => {
    const found = files.flatMap((file) => {
      const names = new Set([...file.path.split("/"), ...identifiersOf(file)]);
      return [...names].flatMap((name) =>
        wordsOf(name)
          .filter((word) => BANNED.has(word))
          .map((word) => `${file.path}: ${name} (${BANNED.get(word)})`),
      );
    });
    expect(found).toEqual([]);
  });
});

/** `createSqliteShelf` is create, sqlite, shelf. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
}
