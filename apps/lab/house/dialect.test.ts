import { describe, expect, it } from "vitest";
import { parseSourceFiles, topLevelNames } from "./syntax.ts";

/** Folders that still declare functions as values; the list only shrinks. */
const STILL_ARROWS = /^(packages\/(client|oauth|proxy)|apps\/(web|lab\/src\/(fuzz|sim)))\//;

describe("one dialect", () => {
  it("declares the functions of a module; arrows are for callbacks and values of one line", () => {
    const arrows = parseSourceFiles()
      .filter(({ path }) => !STILL_ARROWS.test(path))
      .flatMap((file) =>
        topLevelNames(file)
          .filter(({ node }) => {
            if (node.type !== "VariableDeclarator") return false;
            const isFunction = /^(Arrow)?FunctionExpression$/.test(node.init?.type ?? "");
            // A declaration couldn't take on a named function type.
            const hasType = node.id.typeAnnotation !== null && node.id.typeAnnotation !== undefined;
            return isFunction && !hasType && file.text.slice(node.start, node.end).includes("\n");
          })
          .map(({ name }) => `${file.path}: ${name}`),
      );
    expect(arrows).toEqual([]);
  });
});
