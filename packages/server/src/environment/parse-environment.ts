import {
  accepts,
  BFF_SCHEMA,
  fixOf,
  isObject,
  readConfig,
  Secret,
  type BffConfig,
  type FilledOf,
} from "@coatcheck/bff/config";
import { clientKeysFromPem, isPem } from "@coatcheck/oauth/node";
import { isLoopbackHost } from "@coatcheck/contract";
import type { EnvironmentProblem, EnvironmentRecord } from "./environment-problem.ts";
import type { ConfigFile } from "./config-file.ts";
import { checkBff } from "./check-bff.ts";
import { checkLedger } from "./check-ledger.ts";
import { copyPlain, freezeConfig, merge, valueAt } from "./config-values.ts";
import { parseFrontends, type Frontend } from "./frontends.ts";
import { findUnknownVariables } from "./unknown-variables.ts";
import { PROCESS_SETTINGS, VARIABLES, variablesOf, type Variable } from "./variables.ts";

/** Everything that the process was told, checked. Secrets print as `[secret]`; the whole is frozen. */
export interface Settings extends ProcessSettings {
  /** Of the first frontend. */
  readonly bff: BffConfig;
  /** What is served, in one place each; one without a name where the configuration names none. */
  readonly frontends: readonly Frontend[];
  /** Processes on this machine, all with the same port and ledger. */
  readonly workers: number;
}

type ProcessSettings = FilledOf<typeof PROCESS_SETTINGS>;

export type ParsedEnvironment =
  | { readonly kind: "ok"; readonly settings: Settings }
  | { readonly kind: "invalid"; readonly problems: readonly EnvironmentProblem[] };

const ROUTES = "routes[].";

export type Report = (variable: string, fix: string) => void;

/**
 * Turns an environment, and a configuration file if there is one, into settings, or into the list of *all* their problems,
 * each with its fix. What stands in both is taken from the environment.
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
  file: ConfigFile = { name: "", value: {} },
): ParsedEnvironment {
  const problems: EnvironmentProblem[] = [];
  const unreadable = new Set<string>();
  const report: Report = (variable, fix) => {
    // What couldn't be read is missing further on, too, but that was said.
    if (!unreadable.has(variable)) problems.push({ variable, fix });
  };
  const values = new Map<Variable, unknown>();
  const variables = variablesOf(environment);
  for (const variable of variables) {
    const refuse: Report = (name, fix) => {
      report(name, fix);
      unreadable.add(variable.name);
    };
    const text = readText(variable, environment, readTextFile, refuse);
    if (text === undefined) continue;
    const value = toValue(variable, withoutPem(variable, text, refuse));
    // A route's default has to be right even where no route needs it.
    const isOfRoutes = variable.path.startsWith(ROUTES);
    if (isOfRoutes && !accepts(variable.setting, value))
      refuse(variable.name, fixForVariable(variable, fixOf(variable.setting)));
    else values.set(variable, value);
  }
  const own = [...values].filter(([{ isOfBff }]) => !isOfBff).map(([{ path }, value]) => [path, value]);
  const { server: ofProcess = {}, frontends: named, ...ofBff } = isObject(file.value) ? file.value : {};
  if (!isObject(file.value)) report(file.name, "export an object");
  if (!isObject(ofProcess)) report(`${file.name}: server`, "write an object");
  const read = readConfig(PROCESS_SETTINGS, {
    ...(isObject(ofProcess) ? ofProcess : {}),
    ...Object.fromEntries(own),
  });
  // Frozen first: so the BFF takes this check for its own.
  const routes = readRoutes(read.filled, readTextFile, report);
  const ofEnvironment = toBffConfig(values, routes ?? ofBff["routes"] ?? []);
  const shared = merge({ provider: {}, ...ofBff }, ofEnvironment);
  const frontends = named === undefined ? undefined : parseFrontends(named, shared, read.filled.webRoot);
  const [first] = frontends?.frontends ?? [];
  const bff = first?.bff ?? freezeConfig(copyPlain(shared as unknown as BffConfig));
  const checked = frontends === undefined ? checkBff(bff) : ({ kind: "ok" } as const);
  const isInFile = (variable: Variable | undefined, path: string): boolean =>
    (variable === undefined || environment[variable.name] === undefined) &&
    valueAt(file.value, path) !== undefined;
  const routesVariable = read.filled.apiRoutesFile === undefined ? "API_ROUTES" : "API_ROUTES_FILE";
  for (const { path, fix } of [...read.problems, ...(checked.kind === "ok" ? [] : checked.problems)]) {
    const variable = variables.find((candidate) => candidate.path === path.replace(/\[\d+\]$/u, ""));
    const pathInFile = read.problems.some((problem) => problem.path === path) ? `server.${path}` : path;
    const isRoute = path.startsWith("routes") && routes === undefined;
    if (isRoute || isInFile(variable, pathInFile)) report(`${file.name}: ${pathInFile}`, fix);
    else if (variable !== undefined) report(variable.name, fixForVariable(variable, fix));
    else if (path.startsWith("routes")) report(routesVariable, fixForRoutes(path, fix, routesVariable));
    else report(path, fix);
  }
  for (const { frontend, path, fix } of frontends?.problems ?? []) {
    const variable = variables.find((candidate) => candidate.path === path);
    // What a frontend doesn't say itself, all of them have from the environment.
    const isOwn = variable === undefined || valueAt(named, `${frontend}.${path}`) !== undefined;
    const isSaid = problems.some((problem) => problem.variable === variable?.name);
    const place = path === "" ? "" : `.${path}`;
    if (isOwn || environment[variable.name] === undefined)
      report(`${file.name}: frontends${frontend === "" ? "" : `.${frontend}`}${place}`, fix);
    else if (!isSaid) report(variable.name, fixForVariable(variable, fix));
  }
  const settings = {
    ...read.filled,
    bff,
    frontends: frontends?.frontends ?? [{ name: "", bff, webRoot: read.filled.webRoot }],
    workers: read.filled.workers ?? cores,
  };
  checkTogether(settings, environment, report);
  const all = [...problems, ...findUnknownVariables(environment)];
  return all.length > 0
    ? { kind: "invalid", problems: all }
    : { kind: "ok", settings: freezeConfig(settings) };
}

/**
 * The value of `NAME`, or, for a secret, the content of the file that `NAME_FILE` names, without white space around it.
 *
 * @returns `undefined`: there is none, or it was refused.
 */
function readText(
  { name, isSecret, setting }: Variable,
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
  refuse: Report,
): string | undefined {
  const value = environment[name]?.trim();
  const path = isSecret ? environment[`${name}_FILE`] : undefined;
  if (path === undefined) {
    if (value !== "" || (setting.kind === "text" && setting.mayBeEmpty === true)) return value;
    refuse(name, "give it a value, or remove it");
  } else if (value === undefined) {
    const text = readFileOf(`${name}_FILE`, path, readTextFile, refuse)?.trim();
    if (text !== "") return text;
    refuse(`${name}_FILE`, "write the secret into that file");
  } else {
    refuse(name, `keep ${name} or ${name}_FILE, not both`);
  }
  return undefined;
}

/** Keys come as PEM from most tools; the schema takes a JWK Set. */
function withoutPem({ name, path }: Variable, text: string, refuse: Report): string {
  if (!path.endsWith(".clientKeys") || !isPem(text)) return text;
  try {
    return clientKeysFromPem(text);
  } catch {
    refuse(name, "write private keys in PEM without a passphrase, or a private JWK Set");
    return text;
  }
}

function readFileOf(
  variable: string,
  path: string,
  readTextFile: (path: string) => string,
  refuse: Report,
): string | undefined {
  try {
    return readTextFile(path);
  } catch {
    refuse(variable, "name a file that can be read: check the path and its permissions");
    return undefined;
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
      // A file has a key a line as often as commas, and no key has space in it.
      return text.split(/\s*,\s*|\s+/u).map((item) => new Secret(item));
    default:
      return text;
  }
}

/** Puts each value where its path says; values of routes are for every route that doesn't say its own. */
function toBffConfig(values: ReadonlyMap<Variable, unknown>, routes: unknown): BffConfig {
  const config: Record<string, unknown> = { provider: {} };
  for (const [{ path, isOfBff }, value] of values) {
    const names = isOfBff ? path.split(".") : [];
    const last = names.pop();
    let group = config;
    for (const name of names) group = (group[name] ??= {}) as Record<string, unknown>;
    if (last !== undefined) group[last] = value;
  }
  const { "routes[]": routeDefaults, ...bff } = config;
  const withDefaults = (route: unknown) =>
    isObject(route) ? { ...(routeDefaults as object), ...route } : route;
  // Not checked yet: `parseBffConfig` refuses whatever isn't one.
  return { ...bff, routes: Array.isArray(routes) ? routes.map(withDefaults) : routes } as BffConfig;
}

/** @returns what `API_ROUTES` or the JSON of `API_ROUTES_FILE` says, unchecked; `undefined`: neither is there. */
function readRoutes(
  { apiRoutes: list, apiRoutesFile: path }: ProcessSettings,
  readTextFile: (path: string) => string,
  report: Report,
): unknown {
  if (path === undefined) {
    return list?.map((entry) => {
      const separator = entry.indexOf("=");
      return { prefix: entry.slice(0, separator), upstream: entry.slice(separator + 1) };
    });
  }
  if (list !== undefined) report("API_ROUTES", "keep API_ROUTES or API_ROUTES_FILE, not both");
  const text = readFileOf("API_ROUTES_FILE", path, readTextFile, report) ?? "[]";
  try {
    return JSON.parse(text);
  } catch {
    report("API_ROUTES_FILE", "write a JSON list of routes into that file");
    return [];
  }
}

/** What can only be said of several variables, or of the process. */
function checkTogether(settings: Settings, environment: EnvironmentRecord, report: Report): void {
  const { frontends, host, port, drainSeconds, metricsPort } = settings;
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    report(
      "NODE_TLS_REJECT_UNAUTHORIZED",
      "remove it, since it switches certificate checks off; use NODE_EXTRA_CA_CERTS for your own authority",
    );
  }
  const bffs = frontends.map(({ bff }) => bff);
  if (bffs.some(({ publicOrigin }) => publicOrigin?.startsWith("http:")) && !isLoopbackHost(host)) {
    report(
      "HOST",
      "write 127.0.0.1, or use an https PUBLIC_ORIGIN: plain http would be open to other machines",
    );
  }
  if (metricsPort === port) report("METRICS_PORT", "choose another port than the one that browsers reach");
  const providers = bffs.flatMap(({ provider, providers: further = {} }) =>
    Object.values(further).concat(provider),
  );
  const tokenTimeouts = providers.map(
    ({ tokenTimeoutMs: ms }) => ms ?? BFF_SCHEMA.provider.tokenTimeoutMs.default,
  );
  if (drainSeconds * 1000 <= Math.max(...tokenTimeouts))
    report("DRAIN_SECONDS", "make it longer than TOKEN_TIMEOUT_SECONDS");
  checkLedger(settings, environment, report);
}

/** Says a fix of the BFF in the words of variables: their names, and their units. */
function fixForVariable({ name, setting, unit }: Variable, fix: string): string {
  if (setting.kind === "number" && fix === fixOf(setting)) {
    const [min, max] = [Math.ceil(setting.min / unit), Math.floor(setting.max / unit)];
    return fixOf({ ...setting, min, max });
  }
  return fix.replaceAll(/`([\w.]+)(?:: "([^`"]*)")?`/gu, (whole, path: string, value?: string) => {
    const other = VARIABLES.find((variable) => variable.path === path || variable.path.endsWith(`.${path}`));
    if (other === undefined) return whole;
    const suffix = other.path.startsWith("provider.") ? (/__.*$/u.exec(name)?.[0] ?? "") : "";
    return other.name + suffix + (value === undefined ? "" : `=${value}`);
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
