import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkLinks } from "./check-links.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-links-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

it("finds links, pictures and anchors that lead nowhere, and counts the rest", () => {
  write(
    "index.html",
    '<h1 id="top">x</h1><a href="/guides/a.html#part">a</a><a href="/">home</a><img src="/x.svg">',
  );
  write("x.svg", "");
  write("guides/index.html", "");
  write(
    "guides/a.html",
    `<h2 id="part">x</h2><a href="#part">a</a><a href="#gone">b</a><a href="./nowhere.html">c</a>
     <a href="/guides/">d</a><a href="/index.html#nobody">e</a><img src="/y.svg"><a href="https://example.org/">f</a>
     <a href="http://example.org/">g</a><a href="mailto:a@b">h</a>`,
  );
  expect(checkLinks(folder)).toEqual({
    pages: 3,
    internal: 9,
    external: 3,
    broken: [
      "guides/a.html -> #gone",
      "guides/a.html -> ./nowhere.html",
      "guides/a.html -> /index.html#nobody",
      "guides/a.html -> http://example.org/",
      "guides/a.html -> /y.svg",
    ],
  });
});
