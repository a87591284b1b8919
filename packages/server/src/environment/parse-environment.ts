import {
  accepts,
  BFF_SCHEMA,
  fixOf,
  isObject,
  parseBffConfig,
  readConfig,
  Secret,
  type BffConfig,
} from "@coatcheck/bff/config";
import { isLoopbackHost } from "@coatcheck/contract";
import type { EnvironmentProblem, EnvironmentRecord } from "./environment-problem.ts";
import { findUnknownVariables } from "./unknown-variables.ts";
import { PROCESS_SETTINGS, VARIABLES, type Variable } from "./variables.ts";

/** Everything that the process was told, checked. Secrets print as `[secret]`; the whole is frozen. */
export interface Settings {
  readonly bff: BffConfig;
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Processes on this machine, all with the same port and ledger. */
  readonly workers: number;
  readonly ledger:
    | { readonly kind: "sqlite"; readonly file: string }
    | { readonly kind: "redis"; readonly url: Secret };
  readonly drainSeconds: number;
  readonly drainNoticeSeconds: number;
  /** Absent: no metrics port. */
  readonly metrics?: { readonly port: number; readonly host: string };
  readonly webRoot: string;
  readonly logFormat: "json" | "pretty";
}

export type ParsedEnvironment =
  | { readonly kind: "ok"; readonly settings: Settings }
  | { readonly kind: "invalid"; readonly problems: readonly EnvironmentProblem[] };

const ROUTES = "routes[].";

type Report = (variable: string, fix: string) => void;

/**
 * Turns an environment into settings, or into the list of *all* its problems, each with its fix.
 *
 * Here is only what a variable means as text. What a value may be is checked by the schema that it belongs to, and by the BFF.
 *
 * @param readTextFile reads the files that `*_FILE` variables name; throws where it can't.
 * @param cores how many workers there are unless WORKERS says so.
 */
export function parseEnvironment(
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
  cores = 1,
): ParsedEnvironment {
  const problems: EnvironmentProblem[] = [];
  const unreadable = new Set<string>();
  const report: Report = (variable, fix) => {
    // What couldn't be read is missing further on, too, but that was said.
    if (!unreadable.has(variable)) problems.push({ variable, fix });
  };
  const values = new Map<Variable, unknown>();
  for (const variable of VARIABLES) {
    const text = readText(variable, environment, readTextFile);
    if (text.kind === "absent") continue;
    const value = text.kind === "text" ? toValue(variable, text.text) : undefined;
    // A route's default has to be right even where no route needs it.
    const isFine = variable.path?.startsWith(ROUTES) !== true || accepts(variable.setting, value);
    if (text.kind === "text" && isFine) {
      values.set(variable, value);
      continue;
    }
    if (text.kind === "text") report(variable.name, fixForVariable(variable, fixOf(variable.setting)));
    else report(text.variable, text.fix);
    unreadable.add(variable.name);
  }
  const own = [...values]
    .filter(([{ path }]) => path === undefined)
    .map(([{ name }, value]) => [name, value]);
  const read = readConfig(PROCESS_SETTINGS, Object.fromEntries(own));
  for (const { path, fix } of read.problems) report(path, fix);

  const routes = readRoutes(read.filled, readTextFile, report);
  const bff = toBffConfig(values, routes ?? []);
  const checked = parseBffConfig(bff);
  const routesVariable = read.filled.API_ROUTES_FILE === undefined ? "API_ROUTES" : "API_ROUTES_FILE";
  for (const { path, fix } of checked.kind === "ok" ? [] : checked.problems) {
    const variable = VARIABLES.find((candidate) => candidate.path === path.replace(/\[\d+\]$/u, ""));
    if (variable !== undefined) report(variable.name, fixForVariable(variable, fix));
    else if (path.startsWith("routes")) report(routesVariable, fixForRoutes(path, fix, routesVariable));
    else report(path, fix);
  }
  const settings = toSettings(bff, read.filled, cores);
  checkTogether(settings, environment, read.filled.INSTANCES, report);
  const all = [...problems, ...findUnknownVariables(environment)];
  return all.length > 0 ? { kind: "invalid", problems: all } : { kind: "ok", settings: deepFreeze(settings) };
}

type TextRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly variable: string; readonly fix: string };

/** The value of `NAME`, or, for a secret, the content of the file that `NAME_FILE` names, without white space around it. */
function readText(
  { name, isSecret, setting }: Variable,
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
): TextRead {
  const value = environment[name]?.trim();
  const path = isSecret ? environment[`${name}_FILE`] : undefined;
  const fail = (variable: string, fix: string) => ({ kind: "unreadable", variable, fix }) as const;
  if (path === undefined) {
    if (value === undefined) return { kind: "absent" };
    const mayBeEmpty = setting.kind === "text" && setting.mayBeEmpty === true;
    return value === "" && !mayBeEmpty
      ? fail(name, "give it a value, or remove it")
      : { kind: "text", text: value };
  }
  if (value !== undefined) return fail(name, `keep ${name} or ${name}_FILE, not both`);
  try {
    const text = readTextFile(path).trim();
    return text === "" ? fail(`${name}_FILE`, "write the secret into that file") : { kind: "text", text };
  } catch {
    return fail(`${name}_FILE`, "name a file that can be read: check the path and its permissions");
  }
}

/** Reads text as its setting's kind; what can't be read so stays text, which its schema refuses. */
function toValue({ setting, unit }: Variable, text: string): unknown {
  const items = () => text.split(",").map((item) => item.trim());
  switch (setting.kind) {
    case "number":
      return /^(?:0|[1-9]\d{0,9})$/u.test(text) ? Number(text) * unit : text;
    case "flag":
      return text === "true" || (text === "false" ? false : text);
    case "list":
    case "choices":
      return items();
    case "pairs":
      return Object.fromEntries(new URLSearchParams(text));
    case "secret":
      return new Secret(text);
    case "secrets":
      return items().map((item) => new Secret(item));
    default:
      return text;
  }
}

/** Puts each value where its path says; values of routes are for every route that doesn't say its own. */
function toBffConfig(values: ReadonlyMap<Variable, unknown>, routes: unknown): BffConfig {
  const config: Record<string, unknown> = {};
  const routeDefaults: Record<string, unknown> = {};
  for (const [{ path }, value] of values) {
    if (path === undefined) continue;
    const [last = "", ...groups] = path.split(".").toReversed();
    const isOfRoutes = path.startsWith(ROUTES);
    let group = isOfRoutes ? routeDefaults : config;
    for (const name of isOfRoutes ? [] : groups.toReversed()) {
      group = (group[name] ??= {}) as Record<string, unknown>;
    }
    group[last] = value;
  }
  const withDefaults = (route: unknown) => (isObject(route) ? { ...routeDefaults, ...route } : route);
  // Not checked yet: `parseBffConfig` refuses whatever isn't one.
  return {
    provider: {},
    ...config,
    routes: Array.isArray(routes) ? routes.map(withDefaults) : routes,
  } as BffConfig;
}

type ProcessValues = ReturnType<typeof readConfig<typeof PROCESS_SETTINGS>>["filled"];

/** @returns what `API_ROUTES` or the JSON of `API_ROUTES_FILE` says, unchecked. */
function readRoutes(
  { API_ROUTES: list = [], API_ROUTES_FILE: path }: ProcessValues,
  readTextFile: (path: string) => string,
  report: Report,
): unknown {
  if (path === undefined) {
    return list.map((entry) => {
      const separator = entry.indexOf("=");
      return { prefix: entry.slice(0, separator), upstream: entry.slice(separator + 1) };
    });
  }
  if (list.length > 0) report("API_ROUTES", "keep API_ROUTES or API_ROUTES_FILE, not both");
  let text: string;
  try {
    text = readTextFile(path);
  } catch {
    report("API_ROUTES_FILE", "name a file that can be read: check the path and its permissions");
    return [];
  }
  try {
    return JSON.parse(text);
  } catch {
    report("API_ROUTES_FILE", "write a JSON list of routes into that file");
    return [];
  }
}

function toSettings(bff: BffConfig, values: ProcessValues, cores: number): Settings {
  const { LEDGER_REDIS_URL: redis, METRICS_PORT: metricsPort } = values;
  return {
    bff,
    host: values.HOST,
    port: values.PORT,
    maxConnections: values.MAX_CONNECTIONS,
    workers: values.WORKERS ?? cores,
    ledger:
      redis instanceof Secret ? { kind: "redis", url: redis } : { kind: "sqlite", file: values.LEDGER_FILE },
    drainSeconds: values.DRAIN_SECONDS,
    drainNoticeSeconds: values.DRAIN_NOTICE_SECONDS,
    ...(metricsPort === undefined ? {} : { metrics: { port: metricsPort, host: values.METRICS_HOST } }),
    webRoot: values.WEB_ROOT,
    logFormat: values.LOG_FORMAT,
  };
}

/** What can only be said of several variables, or of the process. */
function checkTogether(
  { bff, host, port, ledger, drainSeconds, metrics }: Settings,
  environment: EnvironmentRecord,
  instances: number | undefined,
  report: Report,
): void {
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    const fix =
      "remove it, since it switches certificate checks off; use NODE_EXTRA_CA_CERTS for your own authority";
    report("NODE_TLS_REJECT_UNAUTHORIZED", fix);
  }
  if (bff.publicOrigin?.startsWith("http:") && !isLoopbackHost(host)) {
    report(
      "HOST",
      "write 127.0.0.1, or use an https PUBLIC_ORIGIN: plain http would be open to other machines",
    );
  }
  if (metrics?.port === port) report("METRICS_PORT", "choose another port than the one that browsers reach");
  const tokenTimeoutMs = bff.provider.tokenTimeoutMs ?? BFF_SCHEMA.provider.tokenTimeoutMs.default;
  if (drainSeconds * 1000 <= tokenTimeoutMs)
    report("DRAIN_SECONDS", "make it longer than TOKEN_TIMEOUT_SECONDS");
  if (ledger.kind === "redis") {
    const url = URL.parse(ledger.url.reveal());
    if (url === null || !["redis:", "rediss:"].includes(url.protocol))
      report("LEDGER_REDIS_URL", PROCESS_SETTINGS.LEDGER_REDIS_URL.fix);
    if (environment["LEDGER_FILE"] !== undefined) report("LEDGER_FILE", "remove it, or LEDGER_REDIS_URL");
  } else if (instances === undefined) {
    report("INSTANCES", "write 1 if one machine runs this application; more need LEDGER_REDIS_URL");
  } else if (instances > 1) {
    report("LEDGER_REDIS_URL", "set it: machines without a shared ledger spend refresh tokens twice");
  }
}

/** Says a fix of the BFF in the words of variables: their names, and their units. */
function fixForVariable({ setting, unit }: Variable, fix: string): string {
  if (setting.kind === "number" && fix === fixOf(setting)) {
    const [min, max] = [Math.ceil(setting.min / unit), Math.floor(setting.max / unit)];
    return fixOf({ ...setting, min, max });
  }
  return fix.replaceAll(/`([\w.]+)(?:: "([^`"]*)")?`/gu, (whole, path: string, value?: string) => {
    const other = VARIABLES.find((variable) => variable.path === path || variable.path?.endsWith(`.${path}`));
    if (other === undefined) return whole;
    return value === undefined ? other.name : `${other.name}=${value}`;
  });
}

/** Says which route it is, and where its fields can be written. */
function fixForRoutes(path: string, fix: string, variable: string): string {
  const [, index = "0", field = ""] = /^routes\[(\d+)\]\.?(.*)$/u.exec(path) ?? [];
  const place = path === "routes" ? "" : `route ${Number(index) + 1}${field === "" ? "" : `, ${field}`}: `;
  const where =
    variable === "API_ROUTES" && fix.includes("on this route") ? "; to say so, use API_ROUTES_FILE" : "";
  return place + fix.replaceAll("`", "") + where;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
