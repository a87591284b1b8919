import { posix } from "node:path";
import { REPOSITORY_URL } from "./repository.ts";
import type { SitePage } from "./site-pages.ts";

/** A page as the site's generator reads it. */
export interface StagedPage {
  readonly text: string;
  /** Files that it shows, by their paths from the repository's root. */
  readonly pictures: readonly string[];
}

const FENCE = /^(`{3,})[\s\S]*?^\1`*$/gm;
const CODE = /`[^`\n]+`/g;
const LINK = /(\]\()([^)\s]+)(\))/g;
const ATTRIBUTE = /(\b(?:src|srcset|href)=")([^"]+)(")/g;
const DRAWING = /!\[([^\]]*)\]\(([^)\s]+\.svg)\)/g;
const TWO_PICTURES =
  /<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)" \/>\s*<img src="([^"]+)" alt="([^"]*)" \/>\s*<\/picture>/g;

/**
 * Makes a document of the repository a page of the site: links between documents become links between pages, other files are
 * linked where the repository can be read, and pictures for light and dark follow the site's own switch.
 *
 * @param readDrawing an SVG by its path from the repository's root, for its size: a page that knows it doesn't move when it comes
 */
export function stagePage(
  page: SitePage,
  text: string,
  pages: readonly SitePage[],
  readDrawing: (source: string) => string,
): StagedPage {
  const pathBySource = new Map(pages.map(({ source, path }) => [source, path]));
  const pictures = new Set<string>();

  function rewrite(target: string): string {
    if (/^(https?:|mailto:|#|\/)/.test(target)) return target;
    const [file = "", anchor] = target.split("#");
    const source = posix.join(posix.dirname(page.source), file).replace(/\/$/, "");
    const path = pathBySource.get(source) ?? pathBySource.get(`${source}/README.md`);
    const suffix = anchor === undefined ? "" : `#${anchor}`;
    if (path !== undefined) return `/${path}${suffix}`;
    if (source === "docs/decisions") return "/decisions/index.md";
    if (source === "README.md") return "/";
    if (/\.(svg|png)$/.test(source)) {
      pictures.add(source);
      return `/${picturePath(source)}`;
    }
    return `${REPOSITORY_URL}/blob/main/${source}${suffix}`;
  }

  const staged = outsideCode(text, (part) =>
    part
      .replaceAll(TWO_PICTURES, (_, dark: string, light: string, words: string) =>
        inBothLooks(light, dark, `alt="${words}" loading="lazy"`),
      )
      .replaceAll(DRAWING, (_, words: string, target: string) => {
        const path = rewrite(target);
        const size = sizeOf(readDrawing(posix.join(posix.dirname(page.source), target)));
        return inBothLooks(drawingPath(path, "light"), drawingPath(path, "dark"), `alt="${words}" ${size}`);
      })
      .replaceAll(LINK, (_, begin: string, target: string, end: string) => begin + rewrite(target) + end)
      .replaceAll(
        ATTRIBUTE,
        (_, begin: string, target: string, end: string) => begin + rewrite(target) + end,
      ),
  );
  return { text: frontMatter(text) + staged, pictures: [...pictures] };
}

/** `picture.svg` as it looks in the light, or in the dark. */
export function drawingPath(path: string, look: "light" | "dark"): string {
  return path.replace(/\.svg$/, `.${look}.svg`);
}

function inBothLooks(light: string, dark: string, attributes: string): string {
  return `<img class="only-light" src="${light}" ${attributes} /><img class="only-dark" src="${dark}" ${attributes} />`;
}

function sizeOf(drawing: string): string {
  const [, width = "", height = ""] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing) ?? [];
  return `width="${width}" height="${height}"`;
}

/** Where a picture stands on the site: those of documents keep their place below `docs`. */
export function picturePath(source: string): string {
  return source.startsWith("docs/") ? source.slice("docs/".length) : source;
}

/** Title and description, for searches and link previews. What is plain Markdown for everybody else begins with its heading. */
function frontMatter(text: string): string {
  if (text.startsWith("---\n")) return "";
  const title = titleOf(text);
  const paragraph =
    /^(?![#|<!`\-\d*])\S[\s\S]*?(?=\n\n|$(?![\s\S]))/m.exec(text.replaceAll(FENCE, ""))?.[0] ?? "";
  const plain = paragraph
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[`*]/g, "")
    .replaceAll(/\s+/g, " ");
  const description = plain.length > 155 ? `${plain.slice(0, 152).replace(/\s\S*$/, "")} ...` : plain;
  return `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}\n---\n\n`;
}

/** The words of the first heading, without marks. */
export function titleOf(text: string): string {
  return (/^# (.+)$/m.exec(text)?.[1] ?? "").replaceAll("`", "");
}

function outsideCode(text: string, change: (part: string) => string): string {
  const kept: string[] = [];
  const hide = (code: string): string => `\u0000${kept.push(code) - 1}\u0000`;
  const shown = change(text.replaceAll(FENCE, hide).replaceAll(CODE, hide));
  // Code within a link's words is hidden twice at most.
  const restore = (part: string): string =>
    // oxlint-disable-next-line no-control-regex
    part.replaceAll(/\u0000(\d+)\u0000/g, (_, index: string) => kept[Number(index)] ?? "");
  return restore(shown);
}
