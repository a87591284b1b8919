import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { PRESETS } from "@coatcheck/oauth";
import { parseEnvironment } from "@coatcheck/server/internal";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const pages = globSync("docs/providers/*.md", { cwd: repositoryRoot }).toSorted();
const overview = read("docs/providers.md");
const text = [overview, ...pages.map(read)].join("\n");

const COMMON = {
  PUBLIC_ORIGIN: "https://app.example.com",
  COOKIE_KEYS: "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY",
  INSTANCES: "1",
};
const APPLE_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
}) as string;
/** What a reader puts in the place of what the pages can't know. */
const FILLED: readonly (readonly [RegExp, string])[] = [
  [/<tenant id>|<application id>/g, "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"],
  [/<region>/g, "eu-central-1"],
  [/<user pool id>/g, "eu-central-1_a1b2c3"],
  [/<project id>/g, "123456789012345678"],
  [/<slug>/g, "app"],
  [/\.\.\./g, "0123456789abcdef"],
];

/** The settings of each block of shell lines that chooses a preset: page, number, name and value. */
function settingsOfPages(): readonly (readonly [string, number, readonly (readonly [string, string])[]])[] {
  return pages.flatMap((page) =>
    [...read(page).matchAll(/```sh\n(.*?)```/gs)]
      .map(([, block = ""]) => block)
      .filter((block) => block.includes("OAUTH_PROVIDER="))
      .map((block, index) => {
        const filled = FILLED.reduce((text, [hole, value]) => text.replaceAll(hole, value), block);
        const lines = [...filled.matchAll(/^([A-Z_]+)=(?:"(.*)"|(\S+))/gm)];
        return [
          page,
          index + 1,
          lines.map(([, name = "", quoted, plain = ""]) => [name, quoted ?? plain] as const),
        ];
      }),
  );
}

describe("docs/providers.md and the pages beside it", () => {
  it("have a page for each preset, which says how to set it and what was tried", () => {
    const presets = PRESETS.filter((name) => name !== "oidc").toSorted();
    expect(pages.map((page) => /(\w+)\.md$/.exec(page)?.[1])).toEqual(presets);
    for (const name of presets) {
      const page = read(`docs/providers/${name}.md`);
      expect(page).toContain(`OAUTH_PROVIDER=${name}\n`);
      expect(page).toMatch(/\*\*What was tried:\*\*/);
      expect(page).toMatch(/^## (?:At|Here)/m);
      expect(overview).toContain(`](providers/${name}.md) | \`${name}\` |`);
    }
  });

  it.each(settingsOfPages())(
    "%s: the server would start with what it says to set (block %i)",
    (_page, _block, lines) => {
      const environment = { ...COMMON, ...Object.fromEntries(lines) };
      expect(parseEnvironment(environment, () => APPLE_KEY)).toMatchObject({ kind: "ok" });
    },
  );

  it("names only variables that the server reads", () => {
    const known = read("packages/server/src/environment/variables.ts");
    const named = new Set([...text.matchAll(/\b(?:OAUTH|OIDC|PUBLIC)_[A-Z_]+/g)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(5);
    // Of a secret, the file that holds it can be named instead.
    const isKnown = (name: string) => known.includes(`${name.replace(/_FILE$/, "")}:`);
    expect([...named].filter((name) => !isKnown(name))).toEqual([]);
  });

  it("names only log events that are reported", () => {
    const known = read("packages/oauth/src/oauth-event.ts");
    const named = [...text.matchAll(/`oauth_([a-z_]+)`/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.includes(`"${name}"`))).toEqual([]);
  });
});
