import { BFF_PATHS } from "@coatcheck/contract";

/** Which paths are the BFF's. What is there and isn't offered answers 404, and never a page (S-124). */
export interface OwnedPaths {
  /**
   * True for every raw target that is meant for us, in whatever spelling: a server with more to offer (the SPA) asks before
   * it answers itself, so that nothing under `/bff` or `/api` ever falls through to HTML.
   */
  readonly owns: (rawTarget: string) => boolean;
  /** True for a canonical path of ours as it is spelled in configuration; a router finds no other. */
  readonly isPlain: (path: string) => boolean;
}

/** Reads the same to everyone, but for the letters' case: nothing of it needs simplifying. */
const PLAIN_TARGET = /^(?:\/[a-z\d_~-]+)+$/u;

const PROBES: ReadonlySet<string> = new Set([BFF_PATHS.healthz, BFF_PATHS.readyz]);

/** Whether a request is one of those by which a load balancer or an orchestrator looks after the process. */
export function isProbe(rawTarget: string): boolean {
  return PROBES.has(rawTarget.split("?", 1)[0] ?? "");
}

/** @param apiPrefixes of the configured API routes. */
export function createOwnedPaths(apiPrefixes: readonly string[]): OwnedPaths {
  const prefixes = ["/bff", "/api", ...apiPrefixes];
  const simplePrefixes = prefixes.map((prefix) => prefix.toLowerCase());
  return {
    owns(rawTarget) {
      const path = PLAIN_TARGET.test(rawTarget) ? rawTarget : simplify(rawTarget);
      return PROBES.has(path) || isUnder(path, simplePrefixes);
    },
    isPlain: (path) => PROBES.has(path) || isUnder(path, prefixes),
  };
}

function isUnder(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
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
