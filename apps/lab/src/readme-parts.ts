import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VARIABLES, type Variable } from "@coatcheck/server";

/** The README with its generated parts made anew: the table of variables and the examples that are type-checked. */
export function fillInReadme(readme: string, repositoryRoot: string): string {
  return readme
    .replace(
      /(<!-- environment:begin -->\n)[\s\S]*?(<!-- environment:end -->)/,
      (_whole, begin: string, end: string) => `${begin}${renderVariables()}${end}`,
    )
    .replaceAll(
      /(<!-- example:(\S+) -->\n```ts\n)[\s\S]*?(```)/g,
      (_whole, begin: string, path: string, end: string) =>
        `${begin}${readFileSync(join(repositoryRoot, path), "utf8")}${end}`,
    );
}

function renderVariables(): string {
  const rows = Object.entries<Variable>(VARIABLES).map(([name, { meaning, default: fallback }]) => {
    return `| \`${name}\` | ${meaning} | ${fallback === undefined ? "" : `\`${fallback}\``} |\n`;
  });
  return `| Variable | Meaning | Default |\n|---|---|---|\n${rows.join("")}`;
}
