import { matchPath } from "@coatcheck/proxy";
import type { Route } from "./route.ts";

/** Finds the one route of a canonical path. What isn't in the table doesn't exist. */
export interface RouteTable {
  /** `place` is the path or prefix by which it was found, from configuration: fit for logs. */
  readonly find: (path: string) => { readonly route: Route; readonly place: string } | undefined;
  /**
   * True for every raw target that is meant for us, in whatever spelling: a server with more to offer (the SPA) asks
   * before it answers itself, so that nothing under `/bff` or `/api` ever falls through to HTML (S-124).
   */
  readonly owns: (rawTarget: string) => boolean;
  /** True for a raw target under `/api` or another configured prefix, in whatever spelling. */
  readonly isApiPath: (rawTarget: string) => boolean;
}

export interface RouteTableParts {
  readonly own: Readonly<Record<string, Route>>;
  /** By prefix. */
  readonly apis: readonly (readonly [prefix: string, route: Route])[];
}

export function createRouteTable({ own, apis }: RouteTableParts): RouteTable {
  const exact = new Map(Object.entries(own));
  const byLength = apis.toSorted(([a], [b]) => b.length - a.length);
  const apiPrefixes = ["/api", ...apis.map(([prefix]) => prefix.toLowerCase())];
  const isUnder = (path: string, prefixes: readonly string[]) =>
    prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return {
    find(path) {
      const route = exact.get(path);
      if (route !== undefined) return { route, place: path };
      for (const [place, api] of byLength) {
        if (matchPath(path, place) !== undefined) return { route: api, place };
      }
      return undefined;
    },
    owns(rawTarget) {
      const path = simplify(rawTarget);
      return exact.has(path) || isUnder(path, ["/bff", ...apiPrefixes]);
    },
    isApiPath: (rawTarget) => isUnder(simplify(rawTarget), apiPrefixes),
  };
}

/** The path that the most lenient reader could see: decoded, one kind of slash, no dots, no parameters, lower case. */
function simplify(rawTarget: string): string {
  const rawPath = rawTarget.replace(/^[a-z]+:\/\/[^/?#]*/iu, "").split(/[?#]/u)[0] ?? "";
  let path = rawPath;
  for (let round = 0; round < 3 && path.includes("%"); round += 1) {
    path = path.replaceAll(/%([\da-f]{2})/giu, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  const segments: string[] = [];
  for (const segment of path.replaceAll("\\", "/").toLowerCase().split("/")) {
    const name = segment.split(";")[0] ?? "";
    if (name === "..") segments.pop();
    else if (name !== "" && name !== ".") segments.push(name);
  }
  return `/${segments.join("/")}`;
}
