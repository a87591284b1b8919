import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const HREF = /<a\b[^>]*?\bhref="([^"]*)"/g;
const SOURCE = /<(?:img|script|link|source)\b[^>]*?\b(?:src|href)="([^"]*)"/g;
const ID = /\bid="([^"]+)"/g;

/** What a look at all links of a built site found. */
export interface LinkReport {
  readonly pages: number;
  readonly internal: number;
  readonly external: number;
  /** `guides/testing.html -> /nowhere.html#anchor`. */
  readonly broken: readonly string[];
}

/** Looks whether every link and picture of a built site leads somewhere, anchors included; links elsewhere only for their form. */
export function checkLinks(builtFolder: string): LinkReport {
  const pages = globSync("**/*.html", { cwd: builtFolder }).map((path) => path.replaceAll("\\", "/"));
  const html = new Map(pages.map((path) => [path, readFileSync(join(builtFolder, path), "utf8")]));
  const ids = new Map(
    [...html].map(([path, text]) => [path, new Set([...text.matchAll(ID)].map(([, id]) => decode(id)))]),
  );
  const broken: string[] = [];
  let [internal, external] = [0, 0];
  for (const [path, text] of html) {
    // The page for what isn't there is shown at any address.
    if (path === "404.html") continue;
    for (const [, target = ""] of [...text.matchAll(HREF), ...text.matchAll(SOURCE)]) {
      const isExternal = /^[a-z]+:/i.test(target);
      if (isExternal) external += 1;
      else internal += 1;
      if (isExternal ? !isWellFormed(target) : !leadsSomewhere(path, decode(target)))
        broken.push(`${path} -> ${target}`);
    }
  }
  return { pages: pages.length, internal, external, broken: [...new Set(broken)] };

  function leadsSomewhere(from: string, target: string): boolean {
    const [address = "", anchor] = target.split("#");
    const absolute =
      address === "" ? `/${from}` : posix.resolve(`/${posix.dirname(from)}`, address.split("?")[0] ?? "");
    const file = absolute.slice(1) + (address.endsWith("/") ? "/index.html" : "");
    const page =
      [file.replace(/^\/+/, ""), "index.html"].find((one) => one === file || absolute === "/") ?? "";
    if (!existsSync(join(builtFolder, page))) return false;
    return anchor === undefined || anchor === "" || ids.get(page)?.has(anchor) === true;
  }
}

function isWellFormed(target: string): boolean {
  if (target.startsWith("mailto:")) return true;
  return URL.canParse(target) && new URL(target).protocol === "https:";
}

function decode(text = ""): string {
  return decodeURI(text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'"));
}
