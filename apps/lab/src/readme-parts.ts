import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BFF_SCHEMA, isSetting, type Group, type Setting } from "@coatcheck/bff/config";
import { VARIABLES } from "@coatcheck/server";

/** The README with its generated parts made anew: the tables of settings and the examples that are type-checked. */
export function fillInReadme(readme: string, repositoryRoot: string): string {
  return readme
    .replace(
      /(<!-- environment:begin -->\n)[\s\S]*?(<!-- environment:end -->)/,
      (_whole, begin: string, end: string) => `${begin}${renderVariables()}${end}`,
    )
    .replace(
      /(<!-- api-routes:begin -->\n)[\s\S]*?(<!-- api-routes:end -->)/,
      (_whole, begin: string, end: string) => `${begin}${renderApiRoute()}${end}`,
    )
    .replaceAll(
      /(<!-- example:(\S+) -->\n```ts\n)[\s\S]*?(```)/g,
      (_whole, begin: string, path: string, end: string) =>
        `${begin}${readFileSync(join(repositoryRoot, path), "utf8")}${end}`,
    );
}

function renderVariables(): string {
  const rows = VARIABLES.map(({ name, setting, unit }) => renderRow(name, setting, unit));
  return `| Variable | Meaning | Values | Default |\n|---|---|---|---|\n${rows.join("")}`;
}

function renderApiRoute(): string {
  const rows = renderGroup(BFF_SCHEMA.routes[0], "");
  return `| Field | Meaning | Values | Default |\n|---|---|---|---|\n${rows.join("")}`;
}

function renderGroup(group: Group, prefix: string): readonly string[] {
  return Object.entries(group).flatMap(([name, entry]) =>
    isSetting(entry)
      ? [renderRow(prefix + name, entry, 1)]
      : renderGroup(entry as Group, `${prefix}${name}.`),
  );
}

function renderRow(name: string, setting: Setting, unit: number): string {
  const fallback = "default" in setting ? setting.default : undefined;
  const shown = typeof fallback === "number" ? fallback / unit : fallback;
  const text = shown === undefined ? "" : String(shown);
  return `| \`${name}\` | ${setting.meaning} | ${describeValues(setting, unit)} | ${text === "" ? "" : `\`${text}\``} |\n`;
}

function describeValues(setting: Setting, unit: number): string {
  switch (setting.kind) {
    case "number":
      return `${Math.ceil(setting.min / unit)} to ${Math.floor(setting.max / unit)}`;
    case "flag":
      return "`true`, `false`";
    case "choice":
      return setting.choices.map((choice) => `\`${choice}\``).join(", ");
    case "choices":
      return `some of ${setting.choices.join(", ")}`;
    case "list":
    case "secrets":
      return "a list";
    case "pairs":
      return "`name=text&name=text`";
    default:
      return "";
  }
}
