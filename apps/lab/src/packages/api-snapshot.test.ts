import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeApi } from "./api-snapshot.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-api-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return describeApi(join(folder, "index.d.ts"));
}

const BUILD = {
  "index.d.ts": `/** A module. */
export { createA } from "./a.ts";
export type { Options as AOptions } from "./a.ts";
export * from "./b.ts";
export type { Other } from "@example/other";
`,
  "a.d.ts": `import type { Depth } from "./depth.ts";
export interface Options {
    /** How deep. */
    readonly depth: Depth;
}
/** Makes one. */
export declare function createA(options: Options): string;
declare const secret: number;
`,
  "b.d.ts": `export declare const B: 1;\nexport declare function b(): void;\nexport declare function b(of: string): void;\n`,
  "depth.d.ts": `export type Depth = "deep" | "flat";\nexport type Unused = 1;\n`,
};

describe("a description of an API", () => {
  it("has every export, what they mention, and nothing else", () => {
    expect(write(BUILD)).toBe(`interface Options {
    readonly depth: Depth;
} // as AOptions
const B: 1;
export { Other } from "@example/other";
function b(): void;
function b(of: string): void;
function createA(options: Options): string;
// Not exported, but part of the above.
type Depth = "deep" | "flat";
`);
  });

  it.each([
    ["a word of a mentioned type", { "depth.d.ts": BUILD["depth.d.ts"].replace('"flat"', '"shallow"') }],
    ["an optional member", { "a.d.ts": BUILD["a.d.ts"].replace("depth: Depth", "depth?: Depth") }],
    ["one more export", { "b.d.ts": `${BUILD["b.d.ts"]}export declare const C: 2;\n` }],
    ["an overload less", { "b.d.ts": BUILD["b.d.ts"].replace("export declare function b(): void;\n", "") }],
  ])("differs after %s", (_, change) => {
    const before = write(BUILD);
    expect(write({ ...BUILD, ...change })).not.toBe(before);
  });

  it.each([
    ["a comment", { "a.d.ts": BUILD["a.d.ts"].replace("Makes one.", "Makes one of them.") }],
    ["what nobody sees", { "a.d.ts": BUILD["a.d.ts"].replace("secret: number", "secret: string") }],
  ])("doesn't differ after another %s", (_, change) => {
    const before = write(BUILD);
    expect(write({ ...BUILD, ...change })).toBe(before);
  });
});
