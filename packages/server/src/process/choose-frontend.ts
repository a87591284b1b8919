import { createIsPublicHost, isProbe } from "@coatcheck/bff";
import type { Frontend } from "../environment/frontends.ts";

/** The frontend that a request is meant for, and its target there; or why there is none. */
export type ChosenFrontend<Served> =
  | { readonly kind: "found"; readonly served: Served; readonly rawTarget: string }
  /** No frontend is at this host. */
  | { readonly kind: "other_host" }
  /** There are some at this host, and none at this path. */
  | { readonly kind: "nothing_there" };

export type ChooseFrontend<Served> = (host: string | undefined, rawTarget: string) => ChosenFrontend<Served>;

type Place = Pick<Frontend, "bff">;

/** Makes what finds a frontend by `Host` and path. No two of them match one request: the configuration was checked for that. */
export function createChooseFrontend<Served extends Place>(all: readonly Served[]): ChooseFrontend<Served> {
  const places = all.map((served) => {
    const { publicOrigin, basePath = "" } = served.bff;
    return { served, basePath, isHost: createIsPublicHost(publicOrigin) };
  });
  // The one that has the rest of a host comes after those that have a path there.
  const byLength = places.toSorted((a, b) => b.basePath.length - a.basePath.length);

  /** A load balancer's check may name no host: it finds the one frontend that has probes at that path. */
  function chooseByProbe(rawTarget: string): ChosenFrontend<Served> {
    const [found, ...others] = places.flatMap(({ served, basePath }) => {
      const rest = restOf(rawTarget, basePath);
      return rest !== undefined && isProbe(rest) ? { kind: "found" as const, served, rawTarget: rest } : [];
    });
    return found === undefined || others.length > 0 ? { kind: "other_host" } : found;
  }

  return (host, rawTarget) => {
    if (host === undefined || host === "") return chooseByProbe(rawTarget);
    const here = byLength.filter(({ isHost }) => isHost(host));
    if (here.length === 0) return { kind: "other_host" };
    for (const { served, basePath } of here) {
      const rest = basePath === "" ? rawTarget : restOf(rawTarget, basePath);
      if (rest !== undefined) return { kind: "found", served, rawTarget: rest };
    }
    return { kind: "nothing_there" };
  };
}

/** A path is compared as it was sent: another spelling of it is another path, here as in a browser's cookies. */
function restOf(rawTarget: string, basePath: string): string | undefined {
  if (!rawTarget.startsWith(basePath)) return undefined;
  const rest = rawTarget.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : undefined;
}
