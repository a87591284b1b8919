import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findEntryPoints } from "./entry-points.ts";
import { repositoryFolder } from "./repository.ts";
import { findSitePages, type SitePage } from "./site-pages.ts";
import { titleOf } from "./stage-page.ts";

export interface SidebarGroup {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: SidebarLink[];
}

export interface SidebarLink {
  readonly text: string;
  readonly link: string;
}

/** Site paths by group, in the order in which people need them; `*` at an end: all others of that folder. */
const GROUPS: readonly {
  readonly text: string;
  readonly paths: readonly string[];
  readonly collapsed?: boolean;
}[] = [
  { text: "Begin", paths: ["quick-start", "providers", "providers/*", "troubleshooting"] },
  {
    text: "Concepts",
    paths: [
      "concepts/why-a-bff",
      "concepts/sessions",
      "concepts/refresh",
      "concepts/ledger",
      "concepts/what-is-safe-when",
      "vocabulary",
    ],
  },
  {
    text: "Your app",
    paths: [
      "guides/vite",
      "guides/hono",
      "guides/other-hosts",
      "guides/own-routes",
      "guides/websockets",
      "guides/several-providers",
      "guides/own-sessions",
      "guides/several-frontends",
      "guides/token-exchange",
      "guides/third-party-login",
      "guides/testing",
    ],
  },
  {
    text: "Migrating",
    paths: [
      "migrating/from-tokens-in-the-browser",
      "migrating/from-hono-oidc-auth",
      "migrating/from-express-openid-connect",
    ],
  },
  {
    text: "Running it",
    paths: [
      "guides/behind-a-proxy",
      "guides/docker",
      "guides/kubernetes",
      "guides/fly",
      "guides/operations",
      "guides/systemd",
      "guides/many-instances",
      "guides/watching",
      "guides/limits",
      "guides/*",
      "runtimes",
    ],
  },
  { text: "Look up", paths: ["guides/configuration", "commands", "packages/*"] },
  {
    text: "Proof",
    paths: ["claims", "benchmarks", "security", "security-items"],
  },
  {
    text: "How it is built",
    paths: ["architecture", "flows", "contributing", "decisions/index", "*"],
    collapsed: true,
  },
];

/** Every page once, by the first group that names it; and the API reference, an entry a page. */
export function createSidebar(): SidebarGroup[] {
  const left = new Map(findSitePages().map((page) => [page.path.replace(/\.md$/, ""), page]));
  left.delete("index");
  for (const path of left.keys()) if (path.startsWith("decisions/")) left.delete(path);
  const named = new Set(GROUPS.flatMap(({ paths }) => paths));
  const groups = GROUPS.map(({ text, paths, collapsed }): SidebarGroup => {
    const items = paths.flatMap((path) => {
      if (path === "decisions/index") return [{ text: "Decisions", link: "/decisions/" }];
      const found = path.endsWith("*")
        ? [...left.keys()].filter((other) => other.startsWith(path.slice(0, -1)) && !named.has(other))
        : [path].filter((other) => left.has(other));
      return found.map((other) => {
        const page = left.get(other);
        left.delete(other);
        return { text: page === undefined ? other : labelOf(page), link: `/${other}` };
      });
    });
    return collapsed === undefined ? { text, items } : { text, items, collapsed };
  });
  const reference: SidebarGroup = {
    text: "API reference",
    collapsed: true,
    items: findEntryPoints().map(({ specifier, page }) => ({ text: specifier, link: `/reference/${page}` })),
  };
  return [...groups, reference].filter(({ items }) => items.length > 0);
}

function labelOf({ source }: SitePage): string {
  return titleOf(readFileSync(join(repositoryFolder, source), "utf8"));
}
