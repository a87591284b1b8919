import { matchPath } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";

/** Finds the API route of a canonical path. The longest prefix decides alone: what it doesn't offer, no shorter one offers in its place. */
export type FindApiRoute = (path: string) => ApiRouteSettings | undefined;

export function createFindApiRoute(routes: readonly ApiRouteSettings[]): FindApiRoute {
  const byLength = routes.toSorted((a, b) => b.target.prefix.length - a.target.prefix.length);
  return (path) => byLength.find(({ target }) => matchPath(path, target.prefix) !== undefined);
}
