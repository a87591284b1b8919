import { createTarget, ProxyError } from "@coatcheck/proxy";
import type { Target } from "@coatcheck/proxy";
import type { ConfigProblem } from "../bff-error.ts";
import type { ApiRoute } from "./bff-config.ts";
import type { ApiRouteSettings } from "./bff-settings.ts";
import { checkKeys } from "./checks.ts";
import { API_METHODS } from "./defaults.ts";

const TARGET_KEYS = [
  "prefix",
  "upstream",
  "maxBodyBytes",
  "connectTimeoutMs",
  "headersTimeoutMs",
  "idleTimeoutMs",
  "eventStreamIdleTimeoutMs",
  "dangerouslyAllowHttp",
  "allowEncodedSlashes",
  "extraRequestHeaders",
  "extraResponseHeaders",
] as const;
const KEYS = [...TARGET_KEYS, "methods", "resource", "tokenKind", "exemptions"];

/** Checks one API route and fills in its defaults; problems are added to `problems`. */
export function parseApiRoute(
  route: ApiRoute,
  path: string,
  problems: ConfigProblem[],
): ApiRouteSettings | undefined {
  const found: ConfigProblem[] = [];
  const add = (name: string, fix: string) => void found.push({ path: `${path}.${name}`, fix });
  found.push(
    ...checkKeys(route, path, KEYS),
    ...checkKeys(route.exemptions ?? {}, `${path}.exemptions`, ["downloads"]),
  );

  if (/^\/(?:bff|healthz|readyz)(?:\/|$)/iu.test(text(route.prefix))) {
    add("prefix", "choose another path: /bff, /healthz and /readyz are taken");
  }
  const methods: unknown = route.methods ?? API_METHODS;
  const isOffered = (method: unknown) => (API_METHODS as readonly unknown[]).includes(method);
  if (!Array.isArray(methods) || methods.length === 0 || !methods.every(isOffered)) {
    add("methods", `list some of ${API_METHODS.join(", ")}`);
  }
  const tokenKind = route.tokenKind ?? "user";
  if (!["user", "optional", "none"].includes(tokenKind)) add("tokenKind", "use user, optional or none");
  if (typeof (route.resource ?? "") !== "string")
    add("resource", "write a resource indicator, or leave it out");

  const target = readTarget(route, path, found);
  problems.push(...found);
  if (found.length > 0 || target === undefined) return undefined;
  return {
    target,
    methods: [...new Set(methods as readonly string[])],
    resource: route.resource ?? "",
    tokenKind,
    allowsDownloads: route.exemptions?.downloads === true,
  };
}

function readTarget(route: ApiRoute, path: string, found: ConfigProblem[]): Target | undefined {
  const fields = TARGET_KEYS.flatMap((key) => (route[key] === undefined ? [] : [[key, route[key]] as const]));
  // A slash at the end says nothing: people copy base URLs with it.
  const upstream = text(route.upstream).replace(/\/+$/u, "");
  try {
    return createTarget({ ...Object.fromEntries(fields), prefix: text(route.prefix), upstream });
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    found.push(...error.problems.map(({ field, fix }) => ({ path: `${path}.${field}`, fix })));
    return undefined;
  }
}

/** A configuration may come from JSON, whatever its type says here. */
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
