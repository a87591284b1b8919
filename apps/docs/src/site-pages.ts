import { globSync } from "node:fs";
import { repositoryFolder } from "./repository.ts";

/** A document of the repository, and where it stands on the site. Both with forward slashes. */
export interface SitePage {
  /** From the repository's root: `docs/guides/testing.md`. */
  readonly source: string;
  /** From the site's root: `guides/testing.md`. */
  readonly path: string;
}

const DOCUMENTS = [
  "apps/docs/home.md",
  "docs/**/*.md",
  "packages/*/README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
];

/** Every document that is a page of the site. */
export function findSitePages(): readonly SitePage[] {
  return globSync(DOCUMENTS, { cwd: repositoryFolder })
    .map((source) => source.replaceAll("\\", "/"))
    .toSorted()
    .map((source) => ({ source, path: sitePathOf(source) }));
}

function sitePathOf(source: string): string {
  const packageName = /^packages\/(.+)\/README\.md$/.exec(source)?.[1];
  if (packageName !== undefined) return `packages/${packageName}.md`;
  if (source === "apps/docs/home.md") return "index.md";
  return source.startsWith("docs/") ? source.slice("docs/".length) : source.toLowerCase();
}
