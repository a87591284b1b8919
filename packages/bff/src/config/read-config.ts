import type { ConfigProblem } from "../bff-error.ts";
import { accepts, fixOf, groupOfAnyName, isListOfGroups, isObject, isSetting } from "./setting.ts";
import type { FilledOf, Group, Setting } from "./setting.ts";

/** What people look for and what isn't offered: each with the reason, so that nobody believes it is on. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  frontChannelLogout:
    "front-channel logout isn't offered: browsers withhold cookies from its frames; use back-channel logout",
  responseMode:
    "response modes aren't offered: the code comes by query; for signed answers set signedResponses",
  responseType: "response types aren't offered: the authorization code flow is the only one",
  issuers: "write each further issuer as a provider of its own, under a name in `providers`",
  cors: "CORS isn't offered: page and BFF share one origin",
};

/**
 * Compares a configuration with its schema, and fills in the defaults.
 *
 * @param value may come from JSON, whatever its type says.
 * @returns with problems, what could be read, so that whoever checks more can report its problems, too: text that is missing
 *   is `""`, a list is empty.
 */
export function readConfig<const Entries extends Group>(
  schema: Entries,
  value: unknown,
): { readonly filled: FilledOf<Entries>; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  return { filled: readGroup(schema, value, "", problems) as FilledOf<Entries>, problems };
}

function readGroup(schema: Group, value: unknown, path: string, problems: ConfigProblem[]): object {
  if (!isObject(value)) {
    problems.push({ path, fix: "write an object" });
    return {};
  }
  const prefix = path === "" ? "" : `${path}.`;
  const ofAnyName = groupOfAnyName(schema);
  if (ofAnyName !== undefined) {
    const groups = Object.entries(value).map(
      ([name, given]) => [name, readGroup(ofAnyName, given, prefix + name, problems)] as const,
    );
    return Object.freeze(Object.fromEntries(groups));
  }
  for (const name of Object.keys(value).filter((key) => !Object.hasOwn(schema, key))) {
    const known = Object.keys(schema).join(", ");
    // A misspelt option would silently leave a default in force.
    const fix = NOT_OFFERED[name] ?? `remove it, or correct the spelling: known are ${known}`;
    problems.push({ path: prefix + name, fix });
  }
  const filled = Object.entries(schema).map(([name, entry]) => {
    return [name, readEntry(entry, value[name], prefix + name, problems)] as const;
  });
  return Object.freeze(Object.fromEntries(filled.filter(([, read]) => read !== undefined)));
}

function readEntry(entry: Group[string], given: unknown, path: string, problems: ConfigProblem[]): unknown {
  if (isListOfGroups(entry)) {
    if (!Array.isArray(given)) problems.push({ path, fix: "write a list, [] for none" });
    const items: readonly unknown[] = Array.isArray(given) ? given : [];
    return Object.freeze(
      items.map((item, index) => readGroup(entry[0], item, `${path}[${index}]`, problems)),
    );
  }
  if (!isSetting(entry)) return readGroup(entry, given ?? {}, path, problems);
  if (given !== undefined && accepts(entry, given))
    return Array.isArray(given) ? Object.freeze([...(given as unknown[])]) : given;
  const mayBeMissing = "default" in entry || entry.isOptional === true;
  if (given !== undefined || !mayBeMissing) problems.push({ path, fix: fixOf(entry) });
  if (mayBeMissing) return "default" in entry ? entry.default : undefined;
  return entry.kind === "list" || entry.kind === "secrets" ? [] : "";
}

/** Finds a setting by its path in a schema: `session.idleTimeoutSeconds`, `routes[].upstream`. */
export function findSetting(schema: Group, path: string): Setting {
  const [name = "", ...rest] = path.split(".");
  const entry = schema[name.replace("[]", "")];
  const inside = entry !== undefined && isListOfGroups(entry) ? entry[0] : entry;
  if (inside === undefined) throw new RangeError(`no setting at ${path}`);
  return isSetting(inside) ? inside : findSetting(inside, rest.join("."));
}
