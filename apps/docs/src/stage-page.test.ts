import { describe, expect, it } from "vitest";
import { stagePage } from "./stage-page.ts";

const PAGES = [
  { source: "docs/guides/testing.md", path: "guides/testing.md" },
  { source: "docs/flows.md", path: "flows.md" },
  { source: "packages/react/README.md", path: "packages/react.md" },
];
const PAGE = PAGES[0] ?? { source: "", path: "" };

function readDrawing(source: string): string {
  expect(source).toBe("docs/picture.svg");
  return '<svg viewBox="0 0 960 330"></svg>';
}

/** What stands on the page, without its front matter. */
function textOf(text: string): string {
  return stagePage(PAGE, text, PAGES, readDrawing).text.replace(/^---\n[\s\S]*?---\n\n/, "");
}

describe("a document on the site", () => {
  it.each([
    ["[a](../flows.md)", "[a](/flows.md)"],
    ["[a](../flows.md#login)", "[a](/flows.md#login)"],
    ["[a](../../packages/react)", "[a](/packages/react.md)"],
    ["[a](../../packages/react/README.md)", "[a](/packages/react.md)"],
    ["[a](#here)", "[a](#here)"],
    ["[a](https://example.org/x.md)", "[a](https://example.org/x.md)"],
    ["[a](../../README.md)", "[a](/)"],
    ["[a](../../LICENSE)", "[a](https://github.com/coatcheck/coatcheck/blob/main/LICENSE)"],
    ["[`x` y](../flows.md)", "[`x` y](/flows.md)"],
    ["`[a](../flows.md)`", "`[a](../flows.md)`"],
    ["```md\n[a](../flows.md)\n```", "```md\n[a](../flows.md)\n```"],
  ])("has for %s %s", (text, expected) => {
    expect(textOf(text)).toBe(expected);
  });

  it("shows a drawing, and a pair of pictures, in the look that the reader chose", () => {
    const drawing = stagePage(PAGE, "![Words](../picture.svg)", PAGES, readDrawing);
    expect(drawing.pictures).toEqual(["docs/picture.svg"]);
    expect(drawing.text).toContain(
      '<img class="only-light" src="/picture.light.svg" alt="Words" width="960" height="330"',
    );
    expect(drawing.text).toContain(
      '<img class="only-dark" src="/picture.dark.svg" alt="Words" width="960" height="330"',
    );
    const pair = `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="../screenshots/a-dark.png" />
  <img src="../screenshots/a-light.png" alt="Words" />
</picture>`;
    const shown = stagePage(PAGE, pair, PAGES, readDrawing);
    expect(shown.pictures.toSorted()).toEqual([
      "docs/screenshots/a-dark.png",
      "docs/screenshots/a-light.png",
    ]);
    expect(shown.text).toContain('<img class="only-dark" src="/screenshots/a-dark.png" alt="Words"');
  });

  it("has its heading as title, and its first sentence as description", () => {
    const { text } = stagePage(
      PAGE,
      "# The `x`\n\n| a |\n|---|\n\nOne [two](../flows.md) three.\nFour.\n\nFive.",
      PAGES,
      readDrawing,
    );
    expect(text).toMatch(/^---\ntitle: "The x"\ndescription: "One two three\. Four\."\n---\n/);
  });
});
